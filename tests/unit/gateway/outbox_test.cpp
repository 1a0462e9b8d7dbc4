// SPDX-License-Identifier: MIT
#include "gateway/outbox.hpp"

#include <gtest/gtest.h>

#include "link/actions.hpp"

namespace berth::host::gateway {
namespace {

using wire::MessageKind;

constexpr auto cost = [](std::size_t payload) { return link::message_cost(payload); };

Outbox::Push push(Outbox& outbox, std::string_view text, std::size_t max, BacklogPolicy policy, std::uint64_t* freed = nullptr) {
    std::uint64_t ignored = 0;
    return outbox.push_message(MessageKind::text, text, max, policy, freed ? *freed : ignored);
}

std::string drain(Outbox& outbox) {
    std::string all(outbox.unwritten());
    outbox.wrote(all.size());
    return all;
}

}  // namespace

TEST(Outbox, sends_frames_in_the_order_in_which_they_came) {
    Outbox outbox;
    push(outbox, "one", 1000, BacklogPolicy::close);
    outbox.push_ping("");
    push(outbox, "two", 1000, BacklogPolicy::close);
    outbox.push_close(1000, "bye");

    EXPECT_EQ(drain(outbox), std::string("\x81\x03one\x89\x00\x81\x03two\x88\x05\x03\xe8" "bye", 19));
    EXPECT_TRUE(outbox.is_empty());
}

TEST(Outbox, refuses_what_would_pass_the_limit_and_keeps_what_it_has) {
    Outbox outbox;
    const std::size_t max = cost(8) + cost(2);
    EXPECT_EQ(push(outbox, "12345678", max, BacklogPolicy::close), Outbox::Push::queued);

    EXPECT_EQ(push(outbox, "abc", max, BacklogPolicy::close), Outbox::Push::full);

    EXPECT_EQ(drain(outbox), "\x81\x08" "12345678");
}

TEST(Outbox, that_is_empty_takes_one_message_of_any_size) {
    Outbox outbox;

    EXPECT_EQ(push(outbox, std::string(1000, 'x'), 10, BacklogPolicy::close), Outbox::Push::queued);
}

TEST(Outbox, with_drop_newest_drops_the_new_one_and_gives_its_cost_back) {
    Outbox outbox;
    std::uint64_t freed = 0;
    push(outbox, "old", cost(3), BacklogPolicy::drop_newest);

    EXPECT_EQ(push(outbox, "new!", cost(3), BacklogPolicy::drop_newest, &freed), Outbox::Push::dropped);

    EXPECT_EQ(freed, cost(4));
    EXPECT_EQ(drain(outbox), "\x81\x03old");
}

TEST(Outbox, with_drop_oldest_makes_room_and_never_cuts_a_frame_that_has_begun) {
    Outbox outbox;
    std::uint64_t freed = 0;
    const std::size_t max = 3 * cost(3);
    push(outbox, "aaa", max, BacklogPolicy::drop_oldest);
    push(outbox, "bbb", max, BacklogPolicy::drop_oldest);
    outbox.push_ping("p");
    push(outbox, "ccc", max, BacklogPolicy::drop_oldest);
    EXPECT_EQ(outbox.wrote(1), 0u);

    EXPECT_EQ(push(outbox, "ddd", max, BacklogPolicy::drop_oldest, &freed), Outbox::Push::queued);

    EXPECT_EQ(freed, cost(3));
    EXPECT_EQ(drain(outbox), "\x03" "aaa\x89\x01p\x81\x03" "ccc\x81\x03" "ddd");
}

TEST(Outbox, gives_the_cost_of_a_message_back_when_its_last_byte_has_left) {
    Outbox outbox;
    push(outbox, "abc", 1000, BacklogPolicy::close);
    push(outbox, "defgh", 1000, BacklogPolicy::close);

    EXPECT_EQ(outbox.wrote(4), 0u);
    EXPECT_EQ(outbox.wrote(1), cost(3));
    EXPECT_EQ(outbox.cost(), cost(5));
    EXPECT_EQ(outbox.unwritten(), "\x81\x05" "defgh");
    EXPECT_EQ(outbox.wrote(7), cost(5));
    EXPECT_TRUE(outbox.is_empty());
}

TEST(Outbox, takes_nothing_after_the_close_frame) {
    Outbox outbox;
    outbox.push_close(1001, "");
    std::uint64_t freed = 0;

    EXPECT_EQ(push(outbox, "late", 1000, BacklogPolicy::close, &freed), Outbox::Push::dropped);
    outbox.push_ping("late");
    outbox.push_close(1000, "late");

    EXPECT_EQ(freed, cost(4));
    EXPECT_EQ(drain(outbox), "\x88\x02\x03\xe9");
}

TEST(Outbox, written_byte_by_byte_sends_every_byte_once) {
    Outbox outbox;
    std::string expected;
    for (int i = 0; i < 50; ++i) {
        push(outbox, std::string(static_cast<std::size_t>(i), 'x'), 1 << 20, BacklogPolicy::close);
    }
    expected = outbox.unwritten();

    std::string sent;
    std::uint64_t costs = 0;
    while (!outbox.is_empty()) {
        sent += outbox.unwritten().front();
        costs += outbox.wrote(1);
    }

    EXPECT_EQ(sent, expected);
    EXPECT_EQ(costs, 50 * 16u + 49 * 50 / 2);
    EXPECT_EQ(outbox.cost(), 0u);
}

}  // namespace berth::host::gateway
