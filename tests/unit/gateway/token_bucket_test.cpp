// SPDX-License-Identifier: MIT
#include "gateway/token_bucket.hpp"

#include <gtest/gtest.h>

namespace berth::host::gateway {
namespace {

constexpr Rate ten_a_second{.per_second = 10, .at_once = 5};

TimePoint at(int ms) { return TimePoint{} + std::chrono::hours(1) + Milliseconds(ms); }

}  // namespace

TEST(TokenBucket, lets_so_many_through_at_once_and_then_only_at_its_rate) {
    TokenBucket bucket;
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(bucket.take(at(0), ten_a_second)) << i;

    EXPECT_FALSE(bucket.take(at(0), ten_a_second));
    EXPECT_FALSE(bucket.take(at(99), ten_a_second));
    EXPECT_TRUE(bucket.take(at(100), ten_a_second));
    EXPECT_FALSE(bucket.take(at(100), ten_a_second));
}

TEST(TokenBucket, tells_how_long_somebody_must_wait_who_was_not_refused) {
    TokenBucket bucket;

    EXPECT_EQ(bucket.spend(at(0), ten_a_second, 5), Milliseconds(0));
    EXPECT_EQ(bucket.spend(at(0), ten_a_second, 2), Milliseconds(200));
    EXPECT_EQ(bucket.spend(at(200), ten_a_second, 1), Milliseconds(100));
}

TEST(TokenBucket, is_empty_again_after_what_happened_has_leaked_away) {
    TokenBucket bucket;
    EXPECT_TRUE(bucket.is_empty(at(0), ten_a_second));
    EXPECT_TRUE(bucket.take(at(0), ten_a_second, 2));

    EXPECT_FALSE(bucket.is_empty(at(199), ten_a_second));
    EXPECT_TRUE(bucket.is_empty(at(201), ten_a_second));
}

TEST(TokenBucket, takes_a_clock_that_stands_still_or_goes_back_for_no_time_at_all) {
    TokenBucket bucket;
    EXPECT_TRUE(bucket.take(at(1000), ten_a_second, 5));

    EXPECT_FALSE(bucket.take(at(0), ten_a_second));
    EXPECT_FALSE(bucket.take(at(1000), ten_a_second));
}

}  // namespace berth::host::gateway
