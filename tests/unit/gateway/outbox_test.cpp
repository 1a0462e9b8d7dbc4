// SPDX-License-Identifier: MIT
#include "gateway/outbox.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "link/actions.hpp"

namespace berth::host::gateway {
namespace {

using wire::MessageKind;

constexpr auto cost = [](std::size_t payload) { return link::message_cost(payload); };

Outbox::Push push(Outbox& outbox, std::string_view text, std::size_t max, BacklogPolicy policy, std::uint64_t* freed = nullptr,
                  MessageOf sender = MessageOf::worker) {
    std::uint64_t ignored = 0;
    return outbox.push_message(MessageKind::text, text, max, policy, sender, freed ? *freed : ignored);
}

std::string drain(Outbox& outbox) {
    std::string all;
    while (!outbox.is_empty()) {
        const std::string segment(outbox.unwritten());
        all += segment;
        outbox.wrote(segment.size());
    }
    return all;
}

}  // namespace

TEST(Outbox, counts_an_administrators_message_and_returns_no_credit_for_it) {
    Outbox outbox;
    std::uint64_t freed = 0;
    push(outbox, "news", 1000, BacklogPolicy::close, &freed, MessageOf::administrator);
    push(outbox, "hi", 1000, BacklogPolicy::close, &freed);
    EXPECT_EQ(outbox.cost(), cost(4) + cost(2));

    EXPECT_EQ(outbox.wrote(outbox.unwritten().size()), cost(2));

    EXPECT_EQ(outbox.cost(), 0u);
    const auto newest = [&](BacklogPolicy policy) { return push(outbox, "news", cost(4), policy, &freed, MessageOf::administrator); };
    EXPECT_EQ(newest(BacklogPolicy::drop_newest), Outbox::Push::queued);
    EXPECT_EQ(newest(BacklogPolicy::drop_newest), Outbox::Push::dropped);
    EXPECT_EQ(newest(BacklogPolicy::drop_oldest), Outbox::Push::queued);
    EXPECT_EQ(freed, 0u);
}

TEST(Outbox, sends_frames_in_the_order_in_which_they_came) {
    Outbox outbox;
    push(outbox, "one", 1000, BacklogPolicy::close);
    outbox.push_ping("");
    push(outbox, "two", 1000, BacklogPolicy::close);
    outbox.push_close(1000, "bye");

    EXPECT_EQ(drain(outbox), std::string("\x81\x03one\x89\x00\x81\x03two\x88\x05\x03\xe8" "bye", 19));
    EXPECT_TRUE(outbox.is_empty());
}

TEST(Outbox, that_is_empty_owns_no_memory) {
    Outbox outbox;
    push(outbox, std::string(100'000, 'x'), 1 << 20, BacklogPolicy::close);
    EXPECT_GE(outbox.owned_bytes(), 100'000u);

    drain(outbox);

    EXPECT_LE(outbox.owned_bytes(), sizeof(std::string));
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

TEST(Outbox, drops_all_messages_at_once_but_the_one_that_has_begun_and_gives_their_memory_back) {
    Outbox outbox;
    push(outbox, "begun", 1 << 20, BacklogPolicy::close);
    push(outbox, std::string(100'000, 'x'), 1 << 20, BacklogPolicy::close);
    push(outbox, std::string(100'000, 'y'), 1 << 20, BacklogPolicy::close);
    EXPECT_EQ(outbox.wrote(2), 0u);

    EXPECT_EQ(outbox.drop_messages(), 2 * cost(100'000));

    EXPECT_LT(outbox.owned_bytes(), 1000u);
    EXPECT_EQ(outbox.cost(), cost(5));
    outbox.push_close(1013, "");
    EXPECT_EQ(drain(outbox), "begun\x88\x02\x03\xf5");
}

TEST(Outbox, drops_all_messages_when_none_has_begun) {
    Outbox outbox;
    push(outbox, "one", 1000, BacklogPolicy::close);
    push(outbox, "two", 1000, BacklogPolicy::close);

    EXPECT_EQ(outbox.drop_messages(), 2 * cost(3));

    EXPECT_TRUE(outbox.is_empty());
    outbox.push_close(1013, "");
    EXPECT_EQ(drain(outbox), "\x88\x02\x03\xf5");
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

TEST(Outbox, with_drop_oldest_sends_what_a_plain_list_would) {
    std::mt19937 random(20'240'607);
    for (int round = 0; round < 200; ++round) {
        Outbox outbox;
        std::deque<std::pair<std::string, bool>> expected;  // frame, is a message
        std::size_t begun = 0;                              // bytes of the first one that have left
        const std::size_t max = 5 * cost(40);
        for (int step = 0; step < 300; ++step) {
            const auto what = random() % 10;
            if (what < 6) {
                const std::string text(random() % 100, static_cast<char>('a' + step % 26));
                push(outbox, text, max, BacklogPolicy::drop_oldest);
                std::size_t waiting = 0;
                for (const auto& [frame, is_message] : expected) waiting += is_message ? cost(frame.size() - 2) : 0;
                while (waiting != 0 && waiting + cost(text.size()) > max) {
                    auto oldest = expected.begin() + (begun > 0 ? 1 : 0);
                    while (oldest != expected.end() && !oldest->second) ++oldest;
                    if (oldest == expected.end()) break;
                    waiting -= cost(oldest->first.size() - 2);
                    expected.erase(oldest);
                }
                if (waiting == 0 || waiting + cost(text.size()) <= max)
                    expected.emplace_back(std::string("\x81") + static_cast<char>(text.size()) + text, true);
            } else if (what == 6) {
                outbox.push_ping("p");
                expected.emplace_back("\x89\x01p", false);
            } else {
                const auto segment = std::string(outbox.unwritten().substr(0, random() % 150));
                outbox.wrote(segment.size());
                std::string model;
                while (model.size() < segment.size()) {
                    ASSERT_FALSE(expected.empty());
                    const auto part = expected.front().first.substr(begun, segment.size() - model.size());
                    model += part;
                    begun += part.size();
                    if (begun < expected.front().first.size()) break;
                    expected.pop_front();
                    begun = 0;
                }
                ASSERT_EQ(segment, model) << "round " << round << ", step " << step;
            }
            std::size_t bytes = 0;
            for (const auto& [frame, is_message] : expected) bytes += frame.size();
            ASSERT_EQ(outbox.waiting_bytes(), bytes - begun) << "round " << round << ", step " << step;
            ASSERT_EQ(outbox.is_empty(), bytes == begun);
            ASSERT_EQ(outbox.unwritten().empty(), outbox.is_empty());
        }
    }
}

TEST(Outbox, with_drop_oldest_does_not_pay_for_the_whole_backlog_with_each_message) {
    // By moving it each time, this would move a terabyte, and meet the time limit of the test.
    Outbox outbox;
    std::uint64_t freed = 0;
    for (int i = 0; i < 1'000'000; ++i) push(outbox, "twenty bytes of text", 1 << 20, BacklogPolicy::drop_oldest, &freed);

    EXPECT_LE(outbox.cost(), 1u << 20);
    EXPECT_EQ(freed + outbox.cost(), 1'000'000 * cost(20));
}

}  // namespace berth::host::gateway
