// SPDX-License-Identifier: MIT
#include "gateway/inbox_total.hpp"

#include <gtest/gtest.h>

#include "gateway/pending_events.hpp"

namespace berth::host::gateway {

TEST(InboxShare, is_full_from_the_limit_on_and_until_a_quarter_is_free) {
    InboxShare share;
    share.exchange(100);

    share.add(99);
    EXPECT_FALSE(share.is_full());
    share.add(1);
    EXPECT_TRUE(share.is_full());

    share.remove(24);
    share.exchange(100);
    EXPECT_TRUE(share.is_full());
    share.remove(1);
    share.exchange(100);
    EXPECT_FALSE(share.is_full());
    share.exchange(75);
    EXPECT_TRUE(share.is_full()) << "a new limit holds at once";
}

TEST(InboxShare, counts_what_other_threads_have_told) {
    const auto total = std::make_shared<InboxTotal>();
    InboxShare one, other;
    one.join(total);
    other.join(total);
    one.exchange(100);
    one.add(60);

    other.exchange(100);
    other.add(40);
    EXPECT_FALSE(other.is_full()) << "nobody has told it of the 60";
    one.exchange(100);
    other.exchange(100);
    EXPECT_TRUE(other.is_full());
    one.remove(60);
    one.exchange(100);
    other.exchange(100);

    EXPECT_FALSE(other.is_full());
    EXPECT_EQ(total->bytes, 40u);
    other.join(nullptr);
    EXPECT_EQ(total->bytes, 0u);
}

TEST(InboxShare, is_told_what_is_pending_of_each_client_wherever_that_moves) {
    InboxShare here, there;
    constexpr std::uint64_t each = 10 + link::message_cost(0);
    {
        PendingEvents events;
        events.count_in(&here);
        for (int i = 0; i < 3; ++i) events.add(10);
        EXPECT_EQ(here.bytes(), 3 * each);
        EXPECT_TRUE(events.done(1));
        EXPECT_EQ(here.bytes(), 2 * each);

        PendingEvents moved = std::move(events);
        EXPECT_EQ(here.bytes(), 2 * each);
        events.drop_all();
        EXPECT_EQ(here.bytes(), 2 * each);
        moved.count_in(&there);
        EXPECT_EQ(here.bytes(), 0u);
        EXPECT_EQ(there.bytes(), 2 * each);
        EXPECT_TRUE(moved.done(2));
        EXPECT_EQ(there.bytes(), each);
    }
    EXPECT_EQ(there.bytes(), 0u);
}

}  // namespace berth::host::gateway
