// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <berth/duration.hpp>
#include <ostream>
#include <string>

namespace {

using berth::format_duration;
using berth::parse_annotation;
using berth::parse_duration;

struct Good {
    const char* text;
    std::int64_t milliseconds;
};

struct Bad {
    const char* text;
    std::size_t position;
    const char* reason;
};

constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

static_assert(parse_duration("3 Min 30s").milliseconds == 210'000, "readable while compiling");
static_assert(!parse_duration("5 s 2 min"), "refused while compiling");
static_assert(parse_annotation("<interval=20 s>").milliseconds == 20'000);

TEST(Interval, is_terms_in_falling_units_or_whole_milliseconds) {
    const Good rows[] = {
        {"20 s", 20 * second},
        {"10 ms", 10},
        {"3 Min 30s", 3 * minute + 30 * second},
        {"1 d 2 h 3 min 10 s 10 ms", day + 2 * hour + 3 * minute + 10 * second + 10},
        {"1d2h3min10s10ms", day + 2 * hour + 3 * minute + 10 * second + 10},
        {"500", 500},
        {"  500  ", 500},
        {"\t20\ts\t", 20 * second},
        {"0", 0},
        {"0 s", 0},
        {"0 d 0 ms", 0},
        {"007 s", 7 * second},
        {"2 H", 2 * hour},
        {"2 D 5 MS", 2 * day + 5},
        {"90 min", 90 * minute},
        {"365 d", 365 * day},
        {"31536000000", 365 * day},
        {"31536000000 ms", 365 * day},
        {"364 d 24 h", 365 * day},
    };
    for (const Good& row : rows) {
        const auto result = parse_duration(row.text);
        EXPECT_TRUE(result) << row.text << ": " << result.error.reason;
        EXPECT_EQ(result.milliseconds, row.milliseconds) << row.text;
    }
}

TEST(Interval, refuses_everything_else_with_position_and_reason) {
    const Bad rows[] = {
        {"", 0, "a duration is missing, such as 20 s"},
        {"   ", 3, "a duration is missing, such as 20 s"},
        {"-5 s", 0, "a duration is never negative"},
        {"5 s -2 ms", 4, "a duration is never negative"},
        {"soon", 0, "a number is expected here"},
        {"+5 s", 0, "a number is expected here"},
        {"s", 0, "a number is expected here"},
        {"5 s,", 3, "a number is expected here"},
        {"5 s and 2 ms", 4, "a number is expected here"},
        {"1.5 s", 1, "numbers are whole: write 1 s 500 ms instead of 1.5 s"},
        {"1,5 s", 1, "numbers are whole: write 1 s 500 ms instead of 1.5 s"},
        {"3 min 30", 8, "a unit is missing: d, h, min, s or ms"},
        {"5 6 s", 2, "a unit is missing: d, h, min, s or ms"},
        {"5 \xc2\xb5s", 2, "a unit is missing: d, h, min, s or ms"},
        {"3 m", 2, "m is not a unit: write min for minutes or ms for milliseconds"},
        {"1 h 3M", 5, "m is not a unit: write min for minutes or ms for milliseconds"},
        {"2 weeks", 2, "unknown unit: use d, h, min, s or ms"},
        {"2 sec", 2, "unknown unit: use d, h, min, s or ms"},
        {"5 s 2 min", 6, "units go from large to small, each once"},
        {"1 ms 1 d", 7, "units go from large to small, each once"},
        {"5 s 2 s", 6, "this unit came before: each unit once"},
        {"5 s 2 S", 6, "this unit came before: each unit once"},
        {"366 d", 0, "longer than 365 d"},
        {"365 d 1 ms", 6, "longer than 365 d"},
        {"31536000001", 0, "longer than 365 d"},
        {"9223372036854775808 s", 0, "longer than 365 d"},
        {"1 d 99999999999999999999999999 ms", 4, "longer than 365 d"},
    };
    for (const Bad& row : rows) {
        const auto result = parse_duration(row.text);
        EXPECT_FALSE(result) << row.text;
        EXPECT_EQ(result.error.position, row.position) << row.text;
        EXPECT_EQ(result.error.reason, row.reason) << row.text;
        EXPECT_EQ(result.milliseconds, 0) << row.text;
    }
}

TEST(Interval, ends_where_the_text_ends_even_without_a_terminator) {
    EXPECT_EQ(parse_duration(std::string_view("20 seconds", 4)).milliseconds, 20 * second);
    EXPECT_EQ(parse_duration(std::string_view("5 s\0", 4)).error.position, 3u);
}

TEST(Annotation, gives_the_interval_and_ten_seconds_when_it_is_empty) {
    const Good rows[] = {
        {"", 10 * second},
        {"  ", 10 * second},
        {"<interval=20 s>", 20 * second},
        {" < interval = 1 min 5 s > ", 65 * second},
        {"<interval=0>", 0},
    };
    for (const Good& row : rows) {
        const auto result = parse_annotation(row.text);
        EXPECT_TRUE(result) << row.text << ": " << result.error.reason;
        EXPECT_EQ(result.milliseconds, row.milliseconds) << row.text;
    }
}

TEST(Annotation, refuses_unknown_keys_and_counts_positions_from_its_start) {
    const Bad rows[] = {
        {"interval=20 s", 0, "an annotation begins with <, as in <interval=20 s>"},
        {"20 s", 0, "an annotation begins with <, as in <interval=20 s>"},
        {"<>", 1, "unknown key: the only one is interval, as in <interval=20 s>"},
        {"<intervall=20 s>", 1, "unknown key: the only one is interval, as in <interval=20 s>"},
        {"<Interval=20 s>", 1, "unknown key: the only one is interval, as in <interval=20 s>"},
        {"<interval 20 s>", 10, "= is missing, as in <interval=20 s>"},
        {"<interval", 9, "= is missing, as in <interval=20 s>"},
        {"<interval=20 s", 14, "an annotation ends with >, as in <interval=20 s>"},
        {"<interval=20 s>>", 15, "nothing may follow the annotation"},
        {"<interval=20 s> now", 16, "nothing may follow the annotation"},
        {"<interval=>", 10, "a duration is missing, such as 20 s"},
        {"<interval=20 s, mode=fast>", 14, "a number is expected here"},
        {"<interval=5 s 2 min>", 16, "units go from large to small, each once"},
        {"<interval=20 m>", 13, "m is not a unit: write min for minutes or ms for milliseconds"},
        {"<interval=-1>", 10, "a duration is never negative"},
    };
    for (const Bad& row : rows) {
        const auto result = parse_annotation(row.text);
        EXPECT_FALSE(result) << row.text;
        EXPECT_EQ(result.error.position, row.position) << row.text;
        EXPECT_EQ(result.error.reason, row.reason) << row.text;
    }
}

TEST(Interval, is_written_as_it_is_read) {
    EXPECT_EQ(format_duration(0), "0 s");
    EXPECT_EQ(format_duration(500), "500 ms");
    EXPECT_EQ(format_duration(20 * second), "20 s");
    EXPECT_EQ(format_duration(day + 2 * hour + 3 * minute + 10 * second + 10), "1 d 2 h 3 min 10 s 10 ms");
    for (std::int64_t ms : {std::int64_t{1}, second - 1, minute + 1, hour - 1, day, 365 * day})
        EXPECT_EQ(parse_duration(format_duration(ms)).milliseconds, ms);
}

}  // namespace
