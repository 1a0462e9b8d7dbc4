// SPDX-License-Identifier: MIT
#include "gateway/offenders.hpp"

#include <gtest/gtest.h>

namespace berth::host::gateway {

using namespace std::chrono_literals;

class OffendersTest : public ::testing::Test {
protected:
    static Offenders::Key address(std::uint8_t last) { return {.bytes = {4, 203, 0, 113, last}}; }
    Offenders offenders;
    TimePoint now = TimePoint{} + 1h;
};

TEST_F(OffendersTest, are_shut_out_after_the_third_client_that_killed_a_worker) {
    EXPECT_FALSE(offenders.note("p", address(1), now));
    EXPECT_FALSE(offenders.note("p", address(1), now + 1s));
    EXPECT_EQ(offenders.remaining("p", address(1), now + 1s), 0ms);

    EXPECT_TRUE(offenders.note("p", address(1), now + 2s));

    EXPECT_EQ(offenders.remaining("p", address(1), now + 2s), 10min);
    EXPECT_EQ(offenders.remaining("p", address(1), now + 2s + 10min), 0ms);
}

TEST_F(OffendersTest, with_the_token_of_a_user_are_shut_out_after_the_second) {
    EXPECT_FALSE(offenders.note("p", "ana", now));
    EXPECT_FALSE(offenders.note("p", "ben", now));

    EXPECT_TRUE(offenders.note("p", "ana", now + 1s));

    EXPECT_EQ(offenders.remaining("p", "ana", now + 1s), 10min);
    EXPECT_EQ(offenders.remaining("p", "ben", now + 1s), 0ms);
    EXPECT_EQ(offenders.remaining("q", "ana", now + 1s), 0ms);
}

TEST_F(OffendersTest, are_no_others) {
    for (int i = 0; i < 3; ++i) offenders.note("p", address(1), now);

    EXPECT_EQ(offenders.remaining("p", address(2), now), 0ms);
    EXPECT_EQ(offenders.remaining("q", address(1), now), 0ms);
}

TEST_F(OffendersTest, are_those_of_the_last_ten_minutes) {
    offenders.note("p", address(1), now);
    offenders.note("p", address(1), now + 1s);

    EXPECT_FALSE(offenders.note("p", address(1), now + 10min));
}

TEST_F(OffendersTest, are_bounded_in_number) {
    for (std::uint32_t i = 0; i < 5'000; ++i) {
        Offenders::Key many{.bytes = {6, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}};
        offenders.note("p", many, now + Milliseconds(i));
    }
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(offenders.note("p", address(1), now + 20s));

    EXPECT_TRUE(offenders.note("p", address(1), now + 20s));
}

}  // namespace berth::host::gateway
