// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"

#include <gtest/gtest.h>

namespace berth::host::cli {
namespace {

std::int64_t ms(std::string_view text) {
    const auto parsed = parse_duration_text(text);
    return parsed ? parsed->count() : -1;
}

TEST(DurationText, is_the_interval_grammar) {
    EXPECT_EQ(ms("5min"), 300'000);
    EXPECT_EQ(ms("1h30min"), 5'400'000);
    EXPECT_EQ(ms("5 MIN 3 s"), 303'000);
    EXPECT_EQ(ms("5ms"), 5);
    EXPECT_EQ(ms("20 s"), 20'000);
    EXPECT_EQ(ms("0"), 0);
}

TEST(DurationText, has_a_unit_as_in_the_configuration) {
    EXPECT_EQ(parse_duration_text("60 ").error().message,
              "\"60 \" lacks a unit: write \"60 s\" for seconds, \"60 ms\" for milliseconds");
}

TEST(DurationText, says_where_it_is_wrong) {
    for (const char* text : {"", "m", "-5min", "5 mm", "5min 5min", "1.5h", "five"}) EXPECT_EQ(ms(text), -1) << text;
    EXPECT_EQ(parse_duration_text("3 s 4 min").error().message,
              "\"3 s 4 min\" is no duration: at character 7: units go from large to small, each once");
    EXPECT_EQ(parse_duration_text("5 m").error().message,
              "\"5 m\" is no duration: at character 3: m is not a unit: write min for minutes or ms for milliseconds");
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
