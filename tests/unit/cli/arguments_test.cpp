// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"

#include <gtest/gtest.h>

namespace berth::host::cli {
namespace {

std::int64_t ms(std::string_view text) {
    const auto parsed = parse_duration_text(text);
    return parsed ? parsed->count() : -1;
}

TEST(DurationText, takes_the_interval_grammar_and_m_for_minutes) {
    EXPECT_EQ(ms("5m"), 300'000);
    EXPECT_EQ(ms("5 m"), 300'000);
    EXPECT_EQ(ms("1h30m"), 5'400'000);
    EXPECT_EQ(ms("5 M 3 s"), 303'000);
    EXPECT_EQ(ms("5 min"), 300'000);
    EXPECT_EQ(ms("5ms"), 5);
    EXPECT_EQ(ms("20 s"), 20'000);
    EXPECT_EQ(ms("500"), 500);
    EXPECT_EQ(ms("0"), 0);
}

TEST(DurationText, refuses_the_rest) {
    for (const char* text : {"", "m", "-5m", "5 mm", "5m 5m", "3 s 5 m", "1.5h", "five"}) {
        EXPECT_EQ(ms(text), -1) << text;
    }
}

TEST(Count, is_digits_only) {
    EXPECT_EQ(parse_count("0"), 0u);
    EXPECT_EQ(parse_count("18446744073709551615"), UINT64_MAX);
    for (const char* text : {"", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616"}) {
        EXPECT_EQ(parse_count(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace berth::host::cli
