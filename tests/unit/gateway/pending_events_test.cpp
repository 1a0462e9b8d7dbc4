// SPDX-License-Identifier: MIT
#include "gateway/pending_events.hpp"

#include <gtest/gtest.h>

namespace berth::host::gateway {

TEST(PendingEvents, count_what_is_not_done) {
    PendingEvents events;
    EXPECT_EQ(events.add(10), 1u);
    EXPECT_EQ(events.add(20), 2u);
    EXPECT_EQ(events.add(30), 3u);

    EXPECT_TRUE(events.done(2));

    EXPECT_EQ(events.count(), 1u);
    EXPECT_EQ(events.bytes(), 30u);
    EXPECT_FALSE(events.done(4)) << "never given out";
    EXPECT_TRUE(events.done(3));
    EXPECT_EQ(events.capacity(), 0u);
}

TEST(PendingEvents, own_little_however_long_something_is_pending) {
    PendingEvents events;
    events.add(1);
    for (std::uint64_t i = 2; i < 1'000'000; ++i) {
        EXPECT_EQ(events.add(i % 100), i);
        EXPECT_TRUE(events.done(i - 1));
    }

    EXPECT_EQ(events.count(), 1u);
    EXPECT_LE(events.capacity(), 256u);
}

}  // namespace berth::host::gateway
