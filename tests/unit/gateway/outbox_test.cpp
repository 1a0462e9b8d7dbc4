// SPDX-License-Identifier: MIT
#include "gateway/outbox.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <random>

#include "link/actions.hpp"

namespace berth::host::gateway {
namespace {

constexpr auto cost = [](std::size_t payload) { return link::message_cost(payload); };

Outbox::Push push_to(Outbox& outbox, EncodedMessage& message, std::size_t max = 1 << 20) {
    std::uint64_t ignored = 0;
    return outbox.push_message(message, max, BacklogPolicy::close, MessageOf::worker, ignored);
}

std::string unwritten(const Outbox& outbox) {
    std::array<iovec, 3> pieces;
    std::string bytes;
    for (const iovec& piece : std::span(pieces).first(outbox.unwritten(pieces)))
        bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    return bytes;
}

std::string drain(Outbox& outbox) {
    std::string all;
    while (!outbox.is_empty()) {
        const std::string bytes = unwritten(outbox);
        all += bytes;
        outbox.wrote(bytes.size());
    }
    return all;
}

/// An outbox, and the store that it needs.
class OutboxTest : public testing::Test {
protected:
    Outbox::Push push(std::string_view text, std::size_t max, BacklogPolicy policy, std::uint64_t* freed = nullptr,
                      MessageOf sender = MessageOf::worker) {
        EncodedMessage message(store, link::Kind::text, text, EncodedMessage::For::one);
        std::uint64_t ignored = 0;
        return outbox.push_message(message, max, policy, sender, freed ? *freed : ignored);
    }

    FrameStore store;
    Outbox outbox{store};
};

}  // namespace

TEST_F(OutboxTest, counts_an_administrators_message_and_returns_no_credit_for_it) {
    std::uint64_t freed = 0;
    push("news", 1000, BacklogPolicy::close, &freed, MessageOf::administrator);
    push("hi", 1000, BacklogPolicy::close, &freed);
    EXPECT_EQ(outbox.cost(), cost(4) + cost(2));

    EXPECT_EQ(outbox.wrote(outbox.waiting_bytes()), cost(2));

    EXPECT_EQ(outbox.cost(), 0u);
    const auto newest = [&](BacklogPolicy policy) { return push("news", cost(4), policy, &freed, MessageOf::administrator); };
    EXPECT_EQ(newest(BacklogPolicy::drop_newest), Outbox::Push::queued);
    EXPECT_EQ(newest(BacklogPolicy::drop_newest), Outbox::Push::dropped);
    EXPECT_EQ(newest(BacklogPolicy::drop_oldest), Outbox::Push::queued);
    EXPECT_EQ(freed, 0u);
}

TEST_F(OutboxTest, sends_frames_in_the_order_in_which_they_came) {
    push("one", 1000, BacklogPolicy::close);
    outbox.push_ping("");
    push("two", 1000, BacklogPolicy::close);
    outbox.push_close(1000, "bye");

    EXPECT_EQ(drain(outbox), std::string("\x81\x03one\x89\x00\x81\x03two\x88\x05\x03\xe8" "bye", 19));
    EXPECT_TRUE(outbox.is_empty());
}

TEST_F(OutboxTest, that_is_empty_owns_no_memory) {
    push(std::string(100'000, 'x'), 1 << 20, BacklogPolicy::close);
    push("small", 1 << 20, BacklogPolicy::close);
    EXPECT_GE(store.held_bytes(), 100'000u);

    drain(outbox);

    EXPECT_EQ(store.held_bytes(), 0u);
}

TEST_F(OutboxTest, refuses_what_would_pass_the_limit_and_keeps_what_it_has) {
    const std::size_t max = cost(8) + cost(2);
    EXPECT_EQ(push("12345678", max, BacklogPolicy::close), Outbox::Push::queued);

    EXPECT_EQ(push("abc", max, BacklogPolicy::close), Outbox::Push::full);

    EXPECT_EQ(drain(outbox), "\x81\x08" "12345678");
}

TEST_F(OutboxTest, that_is_empty_takes_one_message_of_any_size) {
    EXPECT_EQ(push(std::string(1000, 'x'), 10, BacklogPolicy::close), Outbox::Push::queued);
}

TEST_F(OutboxTest, with_drop_newest_drops_the_new_one_and_gives_its_cost_back) {
    std::uint64_t freed = 0;
    push("old", cost(3), BacklogPolicy::drop_newest);

    EXPECT_EQ(push("new!", cost(3), BacklogPolicy::drop_newest, &freed), Outbox::Push::dropped);

    EXPECT_EQ(freed, cost(4));
    EXPECT_EQ(drain(outbox), "\x81\x03old");
}

TEST_F(OutboxTest, with_drop_oldest_makes_room_and_never_cuts_a_frame_that_has_begun) {
    std::uint64_t freed = 0;
    const std::size_t max = 3 * cost(3);
    push("aaa", max, BacklogPolicy::drop_oldest);
    push("bbb", max, BacklogPolicy::drop_oldest);
    outbox.push_ping("p");
    push("ccc", max, BacklogPolicy::drop_oldest);
    EXPECT_EQ(outbox.wrote(1), 0u);

    EXPECT_EQ(push("ddd", max, BacklogPolicy::drop_oldest, &freed), Outbox::Push::queued);

    EXPECT_EQ(freed, cost(3));
    EXPECT_EQ(drain(outbox), "\x03" "aaa\x89\x01p\x81\x03" "ccc\x81\x03" "ddd");
}

TEST_F(OutboxTest, gives_the_cost_of_a_message_back_when_its_last_byte_has_left) {
    push("abc", 1000, BacklogPolicy::close);
    push("defgh", 1000, BacklogPolicy::close);

    EXPECT_EQ(outbox.wrote(4), 0u);
    EXPECT_EQ(outbox.wrote(1), cost(3));
    EXPECT_EQ(outbox.cost(), cost(5));
    EXPECT_EQ(unwritten(outbox), "\x81\x05" "defgh");
    EXPECT_EQ(outbox.wrote(7), cost(5));
    EXPECT_TRUE(outbox.is_empty());
}

TEST_F(OutboxTest, drops_all_messages_at_once_but_the_one_that_has_begun_and_gives_their_memory_back) {
    push("begun", 1 << 20, BacklogPolicy::close);
    push(std::string(100'000, 'x'), 1 << 20, BacklogPolicy::close);
    push(std::string(100'000, 'y'), 1 << 20, BacklogPolicy::close);
    EXPECT_EQ(outbox.wrote(2), 0u);

    EXPECT_EQ(outbox.drop_messages(), 2 * cost(100'000));

    EXPECT_LT(store.held_bytes(), 1000u);
    EXPECT_EQ(outbox.cost(), cost(5));
    outbox.push_close(1013, "");
    EXPECT_EQ(drain(outbox), "begun\x88\x02\x03\xf5");
}

TEST_F(OutboxTest, drops_all_messages_when_none_has_begun) {
    push("one", 1000, BacklogPolicy::close);
    push("two", 1000, BacklogPolicy::close);

    EXPECT_EQ(outbox.drop_messages(), 2 * cost(3));

    EXPECT_TRUE(outbox.is_empty());
    outbox.push_close(1013, "");
    EXPECT_EQ(drain(outbox), "\x88\x02\x03\xf5");
}

TEST_F(OutboxTest, takes_nothing_after_the_close_frame) {
    outbox.push_close(1001, "");
    std::uint64_t freed = 0;

    EXPECT_EQ(push("late", 1000, BacklogPolicy::close, &freed), Outbox::Push::dropped);
    outbox.push_ping("late");
    outbox.push_close(1000, "late");

    EXPECT_EQ(freed, cost(4));
    EXPECT_EQ(drain(outbox), "\x88\x02\x03\xe9");
}

TEST_F(OutboxTest, written_byte_by_byte_sends_every_byte_once) {
    std::string expected;
    for (int i = 0; i < 50; ++i) {
        push(std::string(static_cast<std::size_t>(i), 'x'), 1 << 20, BacklogPolicy::close);
    }
    expected = unwritten(outbox);

    std::string sent;
    std::uint64_t costs = 0;
    while (!outbox.is_empty()) {
        sent += unwritten(outbox).front();
        costs += outbox.wrote(1);
    }

    EXPECT_EQ(sent, expected);
    EXPECT_EQ(costs, 50 * 16u + 49 * 50 / 2);
    EXPECT_EQ(outbox.cost(), 0u);
}

TEST_F(OutboxTest, with_drop_oldest_sends_what_a_plain_list_would) {
    std::mt19937 random(20'240'607);
    for (int round = 0; round < 200; ++round) {
        outbox.clear();
        Outbox others(store);
        std::deque<std::pair<std::string, bool>> expected;  // frame, is a message
        std::size_t begun = 0;                              // bytes of the first one that have left
        const std::size_t max = 5 * cost(40);
        for (int step = 0; step < 300; ++step) {
            const auto what = random() % 10;
            if (what < 6) {
                const std::string text(random() % 100, static_cast<char>('a' + step % 26));
                EncodedMessage message(store, link::Kind::text, text, EncodedMessage::For::one);
                std::uint64_t freed = 0;
                outbox.push_message(message, max, BacklogPolicy::drop_oldest, MessageOf::worker, freed);
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
            } else if (what == 7) {
                outbox.keep();
            } else if (what == 8) {
                others.push_ping("another's");
            } else {
                const auto segment = unwritten(outbox).substr(0, random() % 150);
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
            ASSERT_EQ(unwritten(outbox).empty(), outbox.is_empty());
        }
    }
}

TEST_F(OutboxTest, with_drop_oldest_does_not_pay_for_the_whole_backlog_with_each_message) {
    // By moving it each time, this would move a terabyte, and meet the time limit of the test.
    std::uint64_t freed = 0;
    for (int i = 0; i < 1'000'000; ++i) push("twenty bytes of text", 1 << 20, BacklogPolicy::drop_oldest, &freed);

    EXPECT_LE(outbox.cost(), 1u << 20);
    EXPECT_EQ(freed + outbox.cost(), 1'000'000 * cost(20));
}

TEST_F(OutboxTest, shares_the_bytes_of_a_message_to_many_and_counts_them_once) {
    std::deque<Outbox> others;
    for (int i = 0; i < 100; ++i) others.emplace_back(store);
    const std::string text(10'000, 'x');
    {
        EncodedMessage message(store, link::Kind::text, text, EncodedMessage::For::many);
        for (Outbox& other : others) push_to(other, message);
    }

    EXPECT_LT(store.held_bytes(), 20'000u);
    for (Outbox& other : others) {
        EXPECT_EQ(other.cost(), cost(10'000));
        other.keep();
    }
    EXPECT_LT(store.held_bytes(), 20'000u);
    for (Outbox& other : others) EXPECT_EQ(drain(other).substr(4), text);
    EXPECT_EQ(store.held_bytes(), 0u);
}

TEST_F(OutboxTest, writes_a_burst_for_many_as_one_run_of_bytes_for_each) {
    Outbox other(store);
    for (int i = 0; i < 16; ++i) {
        EncodedMessage message(store, link::Kind::text, "tick", EncodedMessage::For::many);
        push_to(outbox, message);
        push_to(other, message);
    }

    std::array<iovec, 4> pieces;
    ASSERT_EQ(outbox.unwritten(pieces), 1u);
    EXPECT_EQ(pieces[0].iov_len, 16 * 6u);
    EXPECT_EQ(outbox.wrote(9), cost(4));
    EXPECT_EQ(outbox.wrote(16 * 6 - 9), 15 * cost(4));
    EXPECT_EQ(other.cost(), 16 * cost(4));
}

TEST_F(OutboxTest, that_has_to_wait_holds_no_more_than_what_waits) {
    const std::string text(20, 's');
    std::deque<Outbox> others;
    for (int i = 0; i < 500; ++i) {
        // One that waits, amid the turn's block with many that do not.
        Outbox& slow = others.emplace_back(store);
        for (int j = 0; j < 100; ++j) {
            push(std::string(100, 'f'), 1 << 20, BacklogPolicy::close);
            EncodedMessage message(store, link::Kind::text, text, EncodedMessage::For::one);
            if (j % 50 == 0) push_to(slow, message);
        }
        slow.wrote(1);
        slow.keep();
        drain(outbox);
    }

    EXPECT_LE(store.held_bytes(), 500 * 700u);
    for (Outbox& slow : others) EXPECT_EQ(drain(slow).size(), 2 * 22 - 1u);
    EXPECT_EQ(store.held_bytes(), 0u);
}

TEST_F(OutboxTest, uses_the_memory_of_what_has_left_again) {
    std::array<iovec, 1> first, again;
    push("one", 1000, BacklogPolicy::close);
    ASSERT_EQ(outbox.unwritten(first), 1u);
    drain(outbox);

    push("two", 1000, BacklogPolicy::close);

    ASSERT_EQ(outbox.unwritten(again), 1u);
    EXPECT_EQ(again[0].iov_base, first[0].iov_base);
}

TEST_F(OutboxTest, that_has_to_wait_moves_nothing_that_is_most_of_its_block_and_what_follows_to_memory_of_its_own) {
    for (int i = 0; i < 3; ++i) push(std::string(16'384, 'l'), 1 << 20, BacklogPolicy::close);
    std::array<iovec, 4> before, after;
    ASSERT_EQ(outbox.unwritten(before), 1u);
    outbox.keep();
    push(std::string(20, 's'), 1 << 20, BacklogPolicy::close);
    outbox.keep();

    ASSERT_EQ(outbox.unwritten(after), 2u);
    EXPECT_EQ(after[0].iov_base, before[0].iov_base);
    outbox.wrote(after[0].iov_len);
    push(std::string(40'000, 'n'), 1 << 20, BacklogPolicy::close);  // The block of the turn is another by now.
    outbox.keep();
    EXPECT_LT(store.held_bytes(), 41'000u + 1'000u) << "the small one keeps no block of a turn";
}

TEST_F(OutboxTest, goes_over_from_blocks_of_a_turn_in_the_middle_of_a_burst) {
    std::string expected;
    for (int i = 0; i < 5000; ++i) {
        const std::string text(50, static_cast<char>('a' + i % 26));
        push(text, 1 << 20, BacklogPolicy::close);
        expected += "\x81\x32" + text;
        if (i % 1000 == 0) outbox.keep();
    }

    EXPECT_EQ(drain(outbox), expected);
    EXPECT_EQ(store.held_bytes(), 0u);
}

}  // namespace berth::host::gateway
