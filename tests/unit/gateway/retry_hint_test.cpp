// SPDX-License-Identifier: MIT
#include "gateway/retry_hint.hpp"

#include <gtest/gtest.h>

namespace berth::host::gateway {

TEST(RetryHint, is_a_word_behind_the_sentence) {
    EXPECT_EQ(with_retry_hint("restart", 2), "restart; retry-after=2");
    EXPECT_EQ(with_retry_hint("", 30), "retry-after=30");
}

TEST(RetryHint, of_no_seconds_is_none) { EXPECT_EQ(with_retry_hint("restart", 0), "restart"); }

TEST(RetryHint, gives_way_to_a_sentence_that_fills_the_frame) {
    const std::string room_for_it(123 - std::string("; retry-after=2").size(), 'x');

    EXPECT_EQ(with_retry_hint(room_for_it, 2), room_for_it + "; retry-after=2");
    EXPECT_EQ(with_retry_hint(room_for_it + "x", 2), room_for_it + "x");
}

}  // namespace berth::host::gateway
