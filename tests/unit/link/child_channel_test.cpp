// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <string_view>
#include <thread>

#include "control/child_channel_message.hpp"
#include "support/deadline.hpp"

namespace berth::host::control {
namespace {

struct Ends {
    ChildChannel a, b;
    explicit Ends(std::pair<UniqueFd, UniqueFd> fds)
        : a(std::move(fds.first), ChildChannel::Peer::child), b(std::move(fds.second), ChildChannel::Peer::supervisor) {}
};

std::ptrdiff_t open_descriptors() {
    return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, std::filesystem::directory_iterator{});
}

}  // namespace

TEST(ChildChannel, carries_messages_in_order) {
    Ends ends(std::move(*ChildChannel::pair()));
    ASSERT_TRUE(ends.a.send({{"type", "start"}}));
    ASSERT_TRUE(ends.a.send({{"type", "stop"}, {"within_ms", 5}}));

    const auto messages = ends.b.receive_within(20'000);

    ASSERT_TRUE(messages);
    ASSERT_EQ(messages->size(), 2u);
    EXPECT_EQ((*messages)[0].body["type"], "start");
    EXPECT_EQ((*messages)[1].body["within_ms"], 5);
}

TEST(ChildChannel, hands_descriptors_to_the_message_that_they_were_sent_with) {
    Ends ends(std::move(*ChildChannel::pair()));
    std::array<int, 2> pipe_a{};
    std::array<int, 2> pipe_b{};
    ASSERT_EQ(::pipe(pipe_a.data()), 0);
    ASSERT_EQ(::pipe(pipe_b.data()), 0);
    const std::array first{pipe_a[0]};
    const std::array third{pipe_b[0], pipe_a[0]};
    ASSERT_TRUE(ends.a.send({{"n", 1}}, first));
    ASSERT_TRUE(ends.a.send({{"n", 2}}));
    ASSERT_TRUE(ends.a.send({{"n", 3}}, third));

    const auto messages = ends.b.receive_within(20'000);

    ASSERT_TRUE(messages);
    ASSERT_EQ(messages->size(), 3u);
    EXPECT_EQ((*messages)[0].fds.size(), 1u);
    EXPECT_EQ((*messages)[1].fds.size(), 0u);
    ASSERT_EQ((*messages)[2].fds.size(), 2u);
    ASSERT_EQ(::write(pipe_b[1], "b", 1), 1);
    char byte = 0;
    ASSERT_EQ(::read((*messages)[2].fds[0].get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'b');
    for (const int fd : {pipe_a[0], pipe_a[1], pipe_b[0], pipe_b[1]}) ::close(fd);
}

TEST(ChildChannel, goes_on_after_a_message_for_whose_descriptors_there_was_no_room) {
#if defined(BERTH_SANITIZED)
    GTEST_SKIP() << "the undefined behaviour sanitizer makes pipes of its own to look at memory";
#endif
    Ends ends(std::move(*ChildChannel::pair()));
    const std::array three{STDIN_FILENO, STDIN_FILENO, STDIN_FILENO};
    ASSERT_TRUE(ends.a.send({{"n", 1}}));
    ASSERT_TRUE(ends.a.send({{"n", 2}}, three));
    ASSERT_TRUE(ends.a.send({{"n", 3}, {"text", std::string(100'000, 'x')}}, three));
    ASSERT_TRUE(ends.a.send({{"n", 4}}));
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit tight = before;
    {
        // Room for one.
        const UniqueFd next(::dup(STDIN_FILENO));
        tight.rlim_cur = static_cast<rlim_t>(next.get()) + 1;
    }
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
    std::vector<ChildChannel::Message> messages;
    const auto take = [&] {
        auto some = ends.b.receive_within(20'000);
        ASSERT_TRUE(some) << some.error().message;
        std::move(some->begin(), some->end(), std::back_inserter(messages));
    };
    while (messages.size() < 4 && !HasFatalFailure()) take();

    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    ASSERT_TRUE(ends.a.send({{"n", 5}}, three));
    while (messages.size() < 5 && !HasFatalFailure()) take();

    ASSERT_EQ(messages.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(messages[i].body["n"], i + 1);
        EXPECT_EQ(messages[i].is_bereft, i == 1 || i == 2) << i;
        EXPECT_EQ(messages[i].fds.size(), i == 4 ? 3u : 0u) << i;
    }
}

TEST(ChildChannel, carries_what_is_larger_than_the_socket) {
    Ends ends(std::move(*ChildChannel::pair()));
    const std::string large(5'000'000, 'x');
    ASSERT_TRUE(ends.a.send({{"text", large}}));
    EXPECT_TRUE(ends.a.wants_write());

    std::size_t seen = 0;
    while (seen == 0) {
        ASSERT_TRUE(ends.a.flush());
        const auto messages = ends.b.receive();
        ASSERT_TRUE(messages);
        for (const auto& message : *messages) seen = message.body["text"].get<std::string>().size();
    }

    EXPECT_EQ(seen, large.size());
    EXPECT_FALSE(ends.a.wants_write());
}

TEST(ChildChannel, reports_the_end_after_the_last_message) {
    auto fds = std::move(*ChildChannel::pair());
    ChildChannel reader(std::move(fds.second), ChildChannel::Peer::child);
    {
        ChildChannel writer(std::move(fds.first), ChildChannel::Peer::supervisor);
        ASSERT_TRUE(writer.send({{"type", "failed"}}));
    }

    const auto last = reader.receive_within(20'000);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->size(), 1u);
    const auto end = reader.receive();
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().message, "the other end of the control channel has gone");
}

TEST(ChildChannel, refuses_nonsense) {
    auto fds = std::move(*ChildChannel::pair());
    ChildChannel reader(std::move(fds.second), ChildChannel::Peer::child);
    const std::array<unsigned char, 8> header{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
    ASSERT_EQ(::write(fds.first.get(), header.data(), header.size()), 8);

    const auto messages = reader.receive_within(20'000);

    ASSERT_FALSE(messages);
    EXPECT_EQ(messages.error().message, "nonsense on a control channel");
}

TEST(ChildChannel, reads_no_message_that_is_nested_deeply) {
    for (const bool is_deep : {false, true}) {
        auto fds = std::move(*ChildChannel::pair());
        ChildChannel reader(std::move(fds.second), ChildChannel::Peer::child);
        const std::size_t levels = is_deep ? 50'000 : 60;
        const std::string text = R"({"type":"reply","x":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
        const std::array<std::uint32_t, 2> header{static_cast<std::uint32_t>(text.size()), 0};
        std::jthread writer([&] {
            std::ignore = ::write(fds.first.get(), header.data(), sizeof header);
            std::ignore = ::write(fds.first.get(), text.data(), text.size());
        });

        const auto messages = reader.receive_within(20'000);

        ASSERT_EQ(messages.has_value(), !is_deep) << "copying such a value would overflow the stack";
        if (is_deep) {
            EXPECT_EQ(messages.error().code, Code::invalid);
        }
    }
}

TEST(ChildChannel, waits_for_the_whole_of_the_first_message) {
    auto fds = std::move(*ChildChannel::pair());
    const int reading = fds.second.get();
    ChildChannel reader(std::move(fds.second), ChildChannel::Peer::child);
    const std::string_view text = R"({"type":"configure"})";
    const std::array<std::uint32_t, 2> header{static_cast<std::uint32_t>(text.size()), 0};
    ASSERT_EQ(::write(fds.first.get(), header.data(), sizeof header), 8);
    std::jthread writer([&] {
        int unread = 0;
        EXPECT_TRUE(test::eventually([&] { return ::ioctl(reading, FIONREAD, &unread) == 0 && unread == 0; }));
        std::ignore = ::write(fds.first.get(), text.data(), text.size());
    });

    const auto messages = reader.receive_within(20'000);

    ASSERT_TRUE(messages) << messages.error().message;
    ASSERT_EQ(messages->size(), 1u);
    EXPECT_EQ(messages->front().body["type"], "configure");
}

TEST(ChildChannel, waits_no_longer_than_the_limit_for_a_message_that_has_begun) {
    auto fds = std::move(*ChildChannel::pair());
    ChildChannel reader(std::move(fds.second), ChildChannel::Peer::child);
    ASSERT_EQ(::write(fds.first.get(), "\1", 1), 1);

    const auto messages = reader.receive_within(50);

    ASSERT_FALSE(messages);
    EXPECT_EQ(messages.error().code, Code::timed_out);
}

TEST(ChildChannel, takes_no_descriptor_from_a_child) {
    auto fds = std::move(*ChildChannel::pair());
    ChildChannel supervisor(std::move(fds.first), ChildChannel::Peer::child);
    ChildChannel child(std::move(fds.second), ChildChannel::Peer::supervisor);
    const auto before = open_descriptors();
    ASSERT_TRUE(child.send({{"type", "heartbeat"}}, std::array{STDIN_FILENO}));

    const auto messages = supervisor.receive_within(20'000);

    ASSERT_FALSE(messages);
    EXPECT_EQ(messages.error().code, Code::invalid);
    EXPECT_EQ(open_descriptors(), before);
}

TEST(ChildChannel, believes_no_child_that_announces_a_huge_frame) {
    auto fds = std::move(*ChildChannel::pair());
    ChildChannel reader(std::move(fds.second), ChildChannel::Peer::child);
    const std::array<std::uint32_t, 2> header{ChildChannel::child_frame_bytes_max + 1, 0};
    ASSERT_EQ(::write(fds.first.get(), header.data(), sizeof header), 8);

    const auto messages = reader.receive_within(20'000);

    ASSERT_FALSE(messages);
    EXPECT_EQ(messages.error().code, Code::invalid);
}

TEST(ChildChannel, reads_a_bounded_share_in_one_turn) {
    auto fds = std::move(*ChildChannel::pair());
    ChildChannel reader(std::move(fds.second), ChildChannel::Peer::child);
    // A child that never lets the socket run dry, as fast as two threads can.
    std::atomic<bool> is_over{false};
    const std::string text = R"({"type":"heartbeat"})";
    const std::array<std::uint32_t, 2> header{static_cast<std::uint32_t>(text.size()), 0};
    std::string frames;
    while (frames.size() < 60'000) frames.append(reinterpret_cast<const char*>(header.data()), 8).append(text);
    std::thread flood([&] {
        while (!is_over)
            for (std::size_t sent = 0; sent < frames.size() && !is_over;) {
                const auto n = ::send(fds.first.get(), frames.data() + sent, frames.size() - sent, MSG_NOSIGNAL);
                if (n > 0) sent += static_cast<std::size_t>(n);
            }
    });

    for (int turn = 0; turn < 20; ++turn) {
        const auto messages = reader.receive_within(20'000);
        if (!messages) {
            ADD_FAILURE() << messages.error().message;
            break;
        }
        EXPECT_LE(messages->size() * (text.size() + 8), ChildChannel::turn_bytes_max + text.size() + 8);
    }
    is_over = true;
    flood.join();
}

}  // namespace berth::host::control
