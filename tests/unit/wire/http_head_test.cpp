// SPDX-License-Identifier: MIT
#include "wire/http_head.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace berth::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(HttpHead, compares_names_without_regard_to_case) {
    EXPECT_TRUE(equals_ignoring_case("Sec-WebSocket-Key", "sec-websocket-KEY"));
    EXPECT_FALSE(equals_ignoring_case("ab", "abc"));
    EXPECT_FALSE(equals_ignoring_case("[", "{")) << "only letters have a case";
    EXPECT_TRUE(equals_ignoring_case("", ""));
}

TEST(HttpHead, knows_exactly_the_characters_of_tokens) {
    const std::string allowed =
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        EXPECT_EQ(is_token_character(c), allowed.find(c) != std::string::npos) << byte;
    }
    EXPECT_TRUE(is_token("chat.v1"));
    EXPECT_FALSE(is_token(""));
    EXPECT_FALSE(is_token("a b"));
}

TEST(HttpHead, knows_exactly_the_characters_of_values) {
    for (int byte = 0; byte < 256; ++byte) {
        EXPECT_EQ(is_field_character(static_cast<char>(byte)), byte == '\t' || (byte >= 32 && byte != 127))
            << byte;
    }
    EXPECT_TRUE(is_field_value(""));
    EXPECT_FALSE(is_field_value("a\r\nb"));
}

TEST(HttpHead, trims_blanks_and_tabs_only) {
    EXPECT_EQ(trimmed(" \t a b \t"), "a b");
    EXPECT_EQ(trimmed(" \t"), "");
    EXPECT_EQ(trimmed(""), "");
    EXPECT_EQ(trimmed("\va\v"), "\va\v");
}

TEST(HttpHead, counts_and_finds_fields) {
    const Headers headers = {{"Host", "h"}, {"X", "1"}, {"x", "2"}};
    EXPECT_EQ(count(headers, "X"), 2u);
    EXPECT_EQ(count(headers, "y"), 0u);
    EXPECT_EQ(find(headers, "x"), "1");
    EXPECT_EQ(find(headers, "y"), std::nullopt);
}

TEST(HttpHead, joins_lists_over_repeated_fields_and_leaves_out_empty_elements) {
    const Headers headers = {{"L", "a, b"}, {"M", "x"}, {"l", ",, c\t,"}, {"L", ""}, {"L", " , "}};
    EXPECT_THAT(list_elements(headers, "l"), ElementsAre("a", "b", "c"));
    EXPECT_THAT(list_elements(headers, "n"), IsEmpty());
    EXPECT_TRUE(list_contains(headers, "l", "B"));
    EXPECT_FALSE(list_contains(headers, "l", "a, b"));
    EXPECT_FALSE(list_contains(headers, "l", "x"));
}

TEST(HttpHead, does_not_divide_lists_within_quotes) {
    const Headers headers = {{"L", "a=\"x,y\", b=\"\\\",\", c=\"open, d"}};
    EXPECT_THAT(list_elements(headers, "l"), ElementsAre("a=\"x,y\"", "b=\"\\\",\"", "c=\"open, d"));
}

}  // namespace
}  // namespace berth::wire
