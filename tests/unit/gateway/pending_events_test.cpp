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

TEST(PendingEvents, one_at_a_time_own_no_memory) {
    PendingEvents events;
    for (std::uint64_t i = 1; i < 10; ++i) {
        EXPECT_EQ(events.add(100), i);
        EXPECT_EQ(events.held_bytes(), 0u);
        EXPECT_EQ(events.bytes(), 100u);
        PendingEvents moved = std::move(events);
        EXPECT_EQ(moved.count(), 1u);
        EXPECT_TRUE(moved.done(i));
        EXPECT_EQ(moved.bytes(), 0u);
        events = std::move(moved);
    }
    events.add(1);
    events.add(2);
    EXPECT_GT(events.held_bytes(), 0u);
    EXPECT_TRUE(events.done(10));
    EXPECT_EQ(events.bytes(), 2u);
    events.drop_all();
    EXPECT_EQ(events.held_bytes(), 0u);
}

TEST(PendingEvents, keep_what_is_not_done_with_its_numbers) {
    PendingEvents events;
    events.keep(link::Kind::text, "one");
    events.keep(link::Kind::buffer, "two");
    events.keep(link::Kind::text, "three");
    std::string kept;
    const auto list = [&] {
        kept.clear();
        events.for_each_kept([&](std::uint64_t seq, const PendingEvents::Kept& event) {
            kept += std::to_string(seq) + event.payload + " ";
        });
        return kept;
    };
    EXPECT_EQ(list(), "1one 2two 3three ");
    EXPECT_FALSE(events.has(0));
    EXPECT_TRUE(events.has(1));
    EXPECT_FALSE(events.has(4));

    EXPECT_TRUE(events.done(1));
    EXPECT_EQ(list(), "2two 3three ");
    EXPECT_FALSE(events.has(1));
    EXPECT_TRUE(events.has(2));
    events.drop_all();
    EXPECT_EQ(list(), "");
    EXPECT_EQ(events.keep(link::Kind::text, "four"), 4u);
    EXPECT_EQ(list(), "4four ");
}

TEST(PendingEvents, kept_are_the_right_ones_however_many_were_done) {
    PendingEvents events;
    events.keep(link::Kind::text, "1");
    for (std::uint64_t i = 2; i < 1000; ++i) {
        events.keep(link::Kind::text, std::to_string(i));
        EXPECT_TRUE(events.done(i - 1));
        events.for_each_kept([&](std::uint64_t seq, const PendingEvents::Kept& event) {
            EXPECT_EQ(event.payload, std::to_string(seq));
        });
    }
    EXPECT_LE(events.capacity(), 256u);
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
