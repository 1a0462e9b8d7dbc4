// SPDX-License-Identifier: MIT
#include "client/retry_after.hpp"

#include <gtest/gtest.h>

namespace berth::client::inner {
namespace {

using namespace std::chrono_literals;

std::optional<Milliseconds> read(std::string_view value) {
    // Sun, 06 Nov 1994 08:49:37 GMT
    return read_retry_after(value, std::chrono::system_clock::from_time_t(784111777));
}

TEST(RetryAfter, is_a_number_of_seconds) {
    EXPECT_EQ(read("0"), 0ms);
    EXPECT_EQ(read("30"), 30s);
}

TEST(RetryAfter, is_at_most_a_day) {
    EXPECT_EQ(read("86401"), 24h);
    EXPECT_EQ(read("99999999999999999999999999"), 24h);
    EXPECT_EQ(read("Sun, 06 Nov 2094 08:49:37 GMT"), 24h);
}

TEST(RetryAfter, is_a_date) {
    EXPECT_EQ(read("Sun, 06 Nov 1994 08:50:07 GMT"), 30s);
    EXPECT_EQ(read("Mon, 07 Nov 1994 00:00:00 GMT"), 15h + 10min + 23s);
}

TEST(RetryAfter, is_now_for_a_date_that_has_passed) {
    EXPECT_EQ(read("Sat, 01 Jan 1994 00:00:00 GMT"), 0ms);
}

TEST(RetryAfter, is_nothing_when_it_is_neither) {
    for (const char* value : {"", "soon", "-1", "+1", "1.5", "30 s", "Sun, 06 Now 1994 08:49:37 GMT",
                              "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
                              "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 ovD 1994 08:49:37 GMT"}) {
        EXPECT_EQ(read(value), std::nullopt) << value;
    }
}

TEST(RetryHint, is_a_word_of_a_close_reason) {
    EXPECT_EQ(hint_in_reason("retry-after=5"), 5s);
    EXPECT_EQ(hint_in_reason("redeploy; Retry-After=12"), 12s);
    EXPECT_EQ(hint_in_reason("a new version, retry-after=0, see you"), 0s);
    EXPECT_EQ(hint_in_reason("retry-after=x retry-after=3"), 3s);
}

TEST(RetryHint, is_nothing_else) {
    for (const char* reason : {"", "retry-after", "retry-after=", "retry-after=-1", "no-retry-after=5",
                               "retry-after: 5", "retry-after=5s"}) {
        EXPECT_EQ(hint_in_reason(reason), std::nullopt) << reason;
    }
}

}  // namespace
}  // namespace berth::client::inner
