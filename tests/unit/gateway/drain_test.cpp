// SPDX-License-Identifier: MIT
#include "gateway/drain.hpp"

#include <gtest/gtest.h>

namespace berth::host::gateway {
namespace {

using namespace std::chrono_literals;

TEST(DrainLeft, is_everybody_at_the_beginning_and_nobody_at_the_end) {
    EXPECT_EQ(drain_left(1000, 0ms, 60s, 0), 1000u);
    EXPECT_EQ(drain_left(1000, 60s, 60s, 0), 0u);
    EXPECT_EQ(drain_left(1000, 99s, 60s, 0), 0u);
    EXPECT_EQ(drain_left(0, 0ms, 60s, 0.5), 0u);
}

TEST(DrainLeft, falls_evenly_between) {
    for (int second = 0; second <= 60; ++second) {
        EXPECT_EQ(drain_left(600, Milliseconds(second * 1000), 60s, 0), 600u - static_cast<unsigned>(second) * 10u) << second;
    }
}

TEST(DrainLeft, closes_everybody_at_once_when_there_is_no_time) { EXPECT_EQ(drain_left(1000, 0ms, 0ms, 0), 0u); }

TEST(DrainLeft, has_the_few_clients_of_two_threads_leave_at_different_moments) {
    // One client each: the first thread's at the end, the second's in the middle.
    EXPECT_EQ(drain_left(1, 29s, 60s, 0.5), 1u);
    EXPECT_EQ(drain_left(1, 31s, 60s, 0.5), 0u);
    EXPECT_EQ(drain_left(1, 59s, 60s, 0), 1u);
}

}  // namespace
}  // namespace berth::host::gateway
