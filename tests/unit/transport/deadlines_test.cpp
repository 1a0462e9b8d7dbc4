// SPDX-License-Identifier: MIT
#include "gateway/transport/deadlines.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace berth::host::transport {
namespace {

using namespace std::chrono_literals;

// A deadline only keeps the address of its owner, so a number will do.
Connection& owner(std::uintptr_t number) {
    return *reinterpret_cast<Connection*>(number * 64);
}

const TimePoint start{};

TEST(Deadlines, come_in_the_order_in_which_they_were_set) {
    DeadlineList list;
    Deadline first(owner(1));
    Deadline second(owner(2));
    list.set(first, start + 10ms);
    list.set(second, start + 20ms);

    EXPECT_EQ(list.take_due(start + 9ms), nullptr);
    EXPECT_EQ(list.take_due(start + 10ms), &owner(1));
    EXPECT_EQ(list.take_due(start + 10ms), nullptr);
    EXPECT_EQ(list.take_due(start + 20ms), &owner(2));
    EXPECT_TRUE(list.is_empty());
}

TEST(Deadlines, are_out_of_their_list_once_they_were_taken) {
    DeadlineList list;
    Deadline deadline(owner(1));
    list.set(deadline, start);

    EXPECT_TRUE(deadline.is_set());
    static_cast<void>(list.take_due(start));

    EXPECT_FALSE(deadline.is_set());
}

TEST(Deadlines, can_be_cleared_at_either_end_and_in_the_middle) {
    DeadlineList list;
    Deadline one(owner(1)), two(owner(2)), three(owner(3)), four(owner(4)), five(owner(5));
    for (Deadline* deadline : {&one, &two, &three, &four, &five}) list.set(*deadline, start);

    one.clear();
    three.clear();
    five.clear();

    EXPECT_EQ(list.take_due(start), &owner(2));
    EXPECT_EQ(list.take_due(start), &owner(4));
    EXPECT_TRUE(list.is_empty());
}

TEST(Deadlines, set_again_move_to_the_end_and_from_list_to_list) {
    DeadlineList handshakes;
    DeadlineList heads;
    Deadline one(owner(1)), two(owner(2));
    handshakes.set(one, start + 1ms);
    handshakes.set(two, start + 2ms);

    handshakes.set(one, start + 3ms);
    EXPECT_EQ(handshakes.take_due(start + 5ms), &owner(2));

    heads.set(one, start + 9ms);
    EXPECT_TRUE(handshakes.is_empty());
    EXPECT_EQ(heads.take_due(start + 9ms), &owner(1));
}

TEST(Deadlines, leave_their_list_when_they_are_destroyed) {
    DeadlineList list;
    {
        Deadline gone(owner(1));
        list.set(gone, start);
    }
    EXPECT_TRUE(list.is_empty());
}

}  // namespace
}  // namespace berth::host::transport
