// SPDX-License-Identifier: MIT
#include "wire/utf8.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace berth::wire {
namespace {

using namespace std::string_literals;

/// The position of the byte at which a validator fed byte by byte gives up.
std::optional<std::size_t> failure_of(const std::string& text) {
    Utf8Validator validator;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!validator.feed({&text[i], 1})) return i;
    }
    return std::nullopt;
}

/// The plain definition, written another way: decode and look at the value.
bool is_valid_by_definition(const std::string& text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i]);
        const std::size_t size = first < 0x80       ? 1
                                 : first >> 5 == 6  ? 2
                                 : first >> 4 == 14 ? 3
                                 : first >> 3 == 30 ? 4
                                                    : 0;
        if (size == 0 || i + size > text.size()) return false;
        std::uint32_t value = size == 1 ? first : first & (0x7Fu >> size);
        for (std::size_t k = 1; k < size; ++k) {
            const auto next = static_cast<unsigned char>(text[i + k]);
            if (next >> 6 != 2) return false;
            value = value << 6 | (next & 0x3F);
        }
        constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
        if (value < smallest[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return false;
        i += size;
    }
    return true;
}

TEST(Utf8, accepts_the_first_and_last_character_of_every_length) {
    for (const std::string& text :
         {""s, "\0"s, "\x7F"s, "\xC2\x80"s, "\xDF\xBF"s, "\xE0\xA0\x80"s, "\xED\x9F\xBF"s, "\xEE\x80\x80"s,
          "\xEF\xBF\xBD"s, "\xEF\xBF\xBE"s, "\xEF\xBF\xBF"s, "\xF0\x90\x80\x80"s, "\xF4\x8F\xBF\xBF"s,
          "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5"s}) {
        EXPECT_TRUE(is_valid_utf8(text)) << testing::PrintToString(text);
    }
}

TEST(Utf8, refuses_the_classic_impossible_texts_at_the_first_impossible_byte) {
    struct Case {
        std::string text;
        std::size_t failure;
    };
    const std::vector<Case> cases = {
        {"\x80", 0},  // a continuation with nothing before it
        {"\xBF", 0},
        {"a\x80", 1},
        {"\xC0\xAF", 0},  // overlong '/', in two, three and four bytes
        {"\xE0\x80\xAF", 1},
        {"\xF0\x80\x80\xAF", 1},
        {"\xC1\xBF", 0},  // the last overlong form of each length
        {"\xE0\x9F\xBF", 1},
        {"\xF0\x8F\xBF\xBF", 1},
        {"\xC0\x80", 0},      // overlong NUL
        {"\xED\xA0\x80", 1},  // surrogates, single and paired
        {"\xED\xBF\xBF", 1},
        {"\xED\xA0\x80\xED\xB0\x80", 1},
        {"\xF4\x90\x80\x80", 1},  // above U+10FFFF
        {"\xF5\x80\x80\x80", 0},
        {"\xF8\x88\x80\x80\x80", 0},  // forms of five and six bytes
        {"\xFC\x84\x80\x80\x80\x80", 0},
        {"\xFE", 0},
        {"\xFF", 0},
        {"\xC2 ", 1},  // a character cut short by ASCII
        {"\xE2\x82 ", 2},
        {"\xF0\x9F\x98 ", 3},
        {"\xC2\xC2", 1},
        {"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80 edited", 12},
        {"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xF4\x90\x80\x80 edited", 12},
    };
    for (const Case& one : cases) {
        EXPECT_FALSE(is_valid_utf8(one.text)) << testing::PrintToString(one.text);
        EXPECT_EQ(failure_of(one.text), one.failure) << testing::PrintToString(one.text);
    }
}

TEST(Utf8, does_not_call_a_text_that_ends_inside_a_character_whole) {
    for (const std::string& text : {"\xC2"s, "\xE2"s, "\xE2\x82"s, "\xF0"s, "\xF0\x9F"s, "\xF0\x9F\x98"s}) {
        Utf8Validator validator;
        EXPECT_TRUE(validator.feed(text));
        EXPECT_FALSE(validator.is_complete());
        EXPECT_FALSE(is_valid_utf8(text));
    }
}

TEST(Utf8, agrees_with_the_definition_on_every_two_bytes_and_on_all_three_byte_leads) {
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            std::string text{static_cast<char>(a), static_cast<char>(b)};
            ASSERT_EQ(is_valid_utf8(text), is_valid_by_definition(text)) << a << ' ' << b;
            for (const int c : {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF}) {
                std::string longer = text + static_cast<char>(c);
                ASSERT_EQ(is_valid_utf8(longer), is_valid_by_definition(longer)) << a << ' ' << b << ' ' << c;
                longer += '\x80';
                ASSERT_EQ(is_valid_utf8(longer), is_valid_by_definition(longer)) << a << ' ' << b << ' ' << c;
            }
        }
    }
}

TEST(Utf8, finds_a_bad_byte_at_every_place_of_a_long_ascii_text) {
    for (std::size_t size = 1; size <= 100; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, 'x');
            ASSERT_TRUE(is_valid_utf8(text));
            text[at] = '\xFF';
            ASSERT_FALSE(is_valid_utf8(text)) << size << ' ' << at;
        }
    }
}

TEST(Utf8, gives_the_same_verdict_wherever_a_text_is_cut) {
    const std::string text = std::string(40, 'a') + "\xC2\xA2\xE2\x82\xAC\xF0\x9F\x98\x80" +
                             std::string(40, 'b') + "\xF0\x9F\x98\x80";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Utf8Validator validator;
        ASSERT_TRUE(validator.feed(std::string_view{text}.substr(0, cut))) << cut;
        ASSERT_TRUE(validator.feed(std::string_view{text}.substr(cut))) << cut;
        ASSERT_TRUE(validator.is_complete()) << cut;
    }
}

TEST(Utf8, stays_failed_until_it_is_reset) {
    Utf8Validator validator;
    EXPECT_FALSE(validator.feed("\xFF"));
    EXPECT_FALSE(validator.feed("fine"));
    EXPECT_FALSE(validator.feed(""));
    EXPECT_FALSE(validator.is_complete());

    validator.reset();

    EXPECT_TRUE(validator.feed("fine"));
    EXPECT_TRUE(validator.is_complete());
}

TEST(Utf8, cuts_a_prefix_before_the_character_that_does_not_fit) {
    EXPECT_EQ(utf8_prefix("abc", 5), "abc");
    EXPECT_EQ(utf8_prefix("abc", 2), "ab");
    EXPECT_EQ(utf8_prefix("a\xE2\x82\xAC", 4), "a\xE2\x82\xAC");
    EXPECT_EQ(utf8_prefix("a\xE2\x82\xAC", 3), "a");
    EXPECT_EQ(utf8_prefix("\xF0\x9F\x98\x80", 3), "");
    EXPECT_EQ(utf8_prefix("", 0), "");
}

}  // namespace
}  // namespace berth::wire
