// SPDX-License-Identifier: MIT
#include "gateway/transport/library_log.hpp"

#include <gtest/gtest.h>

namespace berth::host::transport {
namespace {

using namespace std::chrono_literals;

TEST(LineLimit, lets_ten_lines_a_second_through_and_says_how_many_it_kept_back) {
    LineLimit limit;
    TimePoint now{100s};
    std::uint64_t suppressed = 0;
    int written = 0;
    for (int i = 0; i < 1000; ++i) written += limit.allow(now, suppressed) ? 1 : 0;
    EXPECT_EQ(written, 10);

    now += 1s;

    EXPECT_TRUE(limit.allow(now, suppressed));
    EXPECT_EQ(suppressed, 990u);
    EXPECT_TRUE(limit.allow(now, suppressed));
    EXPECT_EQ(suppressed, 0u);
}

}  // namespace
}  // namespace berth::host::transport
