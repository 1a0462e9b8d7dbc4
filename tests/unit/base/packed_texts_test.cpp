// SPDX-License-Identifier: MIT
#include "base/packed_texts.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace berth::host {
namespace {

using namespace std::literals;

TEST(PackedTexts, none_are_empty_texts) {
    const PackedTexts texts;
    EXPECT_EQ(texts.size(), 0u);
    EXPECT_EQ(texts[0], "");
}

TEST(PackedTexts, each_is_found_by_its_number_and_has_a_nul_behind_it) {
    const std::string longer(70'000, 'x');
    const std::array<std::string_view, 5> given{"a", "", "with\0nul"sv, longer, "end"};
    const PackedTexts texts(given);

    ASSERT_EQ(texts.size(), given.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
        EXPECT_EQ(texts[i], given[i]) << i;
        EXPECT_EQ(texts[i].data()[texts[i].size()], '\0') << i;
    }
    EXPECT_EQ(texts[5], "");
}

TEST(PackedTexts, they_are_copies) {
    std::string mine = "before";
    const std::array<std::string_view, 1> given{mine};
    const PackedTexts texts(given);
    mine = "after!";
    EXPECT_EQ(texts[0], "before");
}

}  // namespace
}  // namespace berth::host
