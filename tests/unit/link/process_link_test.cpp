// SPDX-License-Identifier: MIT
#include "link/process_link.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "link/record.hpp"
#include "support/deadline.hpp"
#include "unit/link/recording_sinks.hpp"

namespace berth::host::link {
namespace {

constexpr auto patience = std::chrono::seconds{20} * test::patience;

/// Lets the test wait until a number of events has been heard.
struct CountingEvents : testing::RecordingEvents {
    void flush() override {
        const std::lock_guard lock(mutex);
        flushed = lines.size();
        changed.notify_all();
    }
    bool wait_for(std::size_t n) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, patience, [&] { return flushed >= n; });
    }
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t flushed = 0;
};

/// Reads one lane's actions on the test's thread until `enough` says so.
template <class Enough>
bool read_until(Channel& channel, testing::RecordingActions& actions, Enough&& enough) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
        if (enough()) return true;
        const auto read = channel.read([&](std::string_view bytes) { return decode_actions(bytes, actions); });
        if (!read || *read == Channel::Read::gone) return false;
        std::this_thread::yield();
    }
    return false;
}

struct Lane {
    std::unique_ptr<Channel> gateway;
    std::unique_ptr<ProcessLink> link;
};

Lane make_lane() {
    auto pair = Channel::pair();
    std::vector<UniqueFd> lanes;
    lanes.push_back(std::move(pair->second));
    return {std::make_unique<Channel>(std::move(pair->first)), std::move(*ProcessLink::create(std::move(lanes)))};
}

}  // namespace

TEST(ProcessLink, carries_events_one_way_and_actions_the_other_in_order) {
    Lane lane = make_lane();
    CountingEvents heard;
    lane.link->open(heard, [](WorkerLink::End) {});

    EventEncoder events;
    for (std::uint64_t i = 1; i <= 1000; ++i) events.message(ClientId{1}, i, Kind::text, std::string(i % 700, 'x'));
    for (std::size_t at = 0; at < events.buffer.size(); at += 1000) {
        lane.gateway->write(std::string_view(events.buffer).substr(at, 1000));
    }
    while (lane.gateway->flush()) std::this_thread::yield();
    ASSERT_TRUE(heard.wait_for(1000));
    EXPECT_EQ(heard.lines[999].substr(0, 15), "message 1 #1000");

    ActionEncoder actions;
    for (std::uint64_t i = 1; i <= 1000; ++i) actions.done(ClientId{1}, i);
    lane.link->port().submit(0, actions.buffer);
    testing::RecordingActions done;
    ASSERT_TRUE(read_until(*lane.gateway, done, [&] { return done.lines.size() == 1000; }));
    EXPECT_EQ(done.lines.back(), "done 1 #1000");
    lane.link->close();
}

TEST(ProcessLink, keeps_what_the_socket_does_not_take_and_writes_it_when_it_can) {
    Lane lane = make_lane();
    CountingEvents heard;
    lane.link->open(heard, [](WorkerLink::End) {});
    const std::string payload(200'000, 'p');
    std::vector<std::thread> writers;
    for (std::uint64_t w = 1; w <= 4; ++w) {
        writers.emplace_back([&, w] {
            for (int i = 0; i < 20; ++i) {
                ActionEncoder action;
                action.send(ClientId{w}, Kind::buffer, payload);
                lane.link->port().submit(0, action.buffer);
            }
        });
    }
    for (auto& writer : writers) writer.join();

    testing::RecordingActions sent;
    ASSERT_TRUE(read_until(*lane.gateway, sent, [&] { return sent.lines.size() == 80; }));
    for (const auto& line : sent.lines) EXPECT_EQ(line.size(), payload.size() + std::string("send 1 buffer ").size());
    lane.link->close();
}

TEST(ProcessLink, carries_large_payloads_in_memory_that_its_gateway_shares) {
    Lane lane = make_lane();
    CountingEvents heard;
    lane.link->open(heard, [](WorkerLink::End) {});
    EXPECT_FALSE(lane.link->port().place(0, std::string(10'000, 'a'))) << "nothing is shared yet";
    auto events = Slabs::create();
    auto actions = Slabs::create();
    ASSERT_TRUE(events && actions);

    EventEncoder first, then;
    first.slabs();
    ASSERT_TRUE(lane.gateway->write_first(first.buffer, std::array{events->fd(), actions->fd()}));
    then.message_placed(ClientId{1}, 1, Kind::text, *events->put(std::string(10'000, 'e')));
    lane.gateway->write(then.buffer);
    ASSERT_TRUE(heard.wait_for(1));
    EXPECT_EQ(heard.lines[0], "message 1 #1 text " + std::string(10'000, 'e'));

    const auto place = lane.link->port().place(0, std::string(10'000, 'a'));
    ASSERT_TRUE(place);
    ActionEncoder answer;
    answer.send_placed(ClientId{1}, Kind::buffer, *place);
    lane.link->port().submit(0, answer.buffer);
    lane.link->close();
    lane.link.reset();  // What has left a worker outlives it.
    testing::RecordingActions sent;
    ASSERT_TRUE(lane.gateway->read([&](std::string_view bytes) { return decode_actions(bytes, sent, &*actions); }));
    EXPECT_EQ(sent.lines, std::vector<std::string>{"send 1 buffer " + std::string(10'000, 'a')});
}

TEST(ProcessLink, says_once_that_the_gateway_has_gone_after_what_it_said_before) {
    Lane lane = make_lane();
    CountingEvents heard;
    std::atomic<int> lost{0};
    lane.link->open(heard, [&](WorkerLink::End end) { lost += end == WorkerLink::End::gone ? 1 : 100; });
    EventEncoder event;
    event.credit(ClientId{3}, 1);
    lane.gateway->write(event.buffer);

    lane.gateway.reset();

    ASSERT_TRUE(heard.wait_for(1));
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (lost == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    EXPECT_EQ(lost, 1);
    lane.link->close();
}

TEST(ProcessLink, ends_its_process_at_once_where_that_has_closed_its_end) {
    const auto say = [](auto&& before_the_last) {
        auto pair = *Channel::pair();
        const int end = pair.second.get();
        std::vector<UniqueFd> lanes;
        lanes.push_back(std::move(pair.second));
        const auto link = std::move(*ProcessLink::create(std::move(lanes)));
        ActionEncoder action;
        action.send(ClientId{1}, Kind::text, std::string(100'000, 'x'));
        before_the_last(link->port(), action.buffer, end);
        std::_Exit(0);
    };

    EXPECT_EXIT(say([](ActionPort& port, const std::string& words, int end) {
                    ::close(end);
                    port.submit(0, words);
                }),
                ::testing::ExitedWithCode(70), "");
    EXPECT_EXIT(say([](ActionPort& port, const std::string& words, int end) {
                    // Another file in its place.
                    ASSERT_EQ(::dup2(::open("/dev/null", O_RDWR), end), end);
                    port.submit(0, words);
                }),
                ::testing::ExitedWithCode(70), "");
    EXPECT_EXIT(say([](ActionPort& port, const std::string& words, int end) {
                    for (int i = 0; i < 100; ++i) port.submit(0, words);
                    ::close(end);
                    port.settle(0);
                }),
                ::testing::ExitedWithCode(70), "");
}

TEST(ProcessLink, lets_nothing_seem_done_while_its_gateway_lives_and_takes_no_more) {
    Lane lane = make_lane();
    CountingEvents heard;
    lane.link->open(heard, [](WorkerLink::End) {});
    ASSERT_EQ(::shutdown(lane.gateway->fd(), SHUT_RD), 0);
    ActionEncoder action;
    action.done(ClientId{1}, 1);
    std::atomic<bool> is_settled{false};

    lane.link->port().submit(0, action.buffer);
    std::thread executor([&] {
        lane.link->port().settle(0);
        is_settled = true;
    });

    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_FALSE(is_settled);
    lane.link->close();  // As of a gateway that has gone.
    executor.join();
}

TEST(ProcessLink, waits_on_its_own_thread_once_for_a_gateway_that_reads_nothing_until_it_has_read) {
    Lane lane = make_lane();
    /// As the events of an inline project do.
    struct Settling : CountingEvents {
        void message(ClientId client, std::uint64_t seq, Kind kind, std::string_view payload) override {
            CountingEvents::message(client, seq, kind, payload);
            ActionEncoder action;
            action.send(client, kind, std::string(100'000, 'x'));
            port->submit(0, action.buffer);
            port->settle(0);
        }
        ActionPort* port = nullptr;
    } heard;
    heard.port = &lane.link->port();
    lane.link->open(heard, [](WorkerLink::End) {});
    EventEncoder events;
    for (std::uint64_t i = 1; i <= 200; ++i) events.message(ClientId{1}, i, Kind::text, "x");

    lane.gateway->write(events.buffer);

    ASSERT_TRUE(heard.wait_for(200)) << "a second for each is more patience than anybody has";
    testing::RecordingActions sent;
    ASSERT_TRUE(read_until(*lane.gateway, sent, [&] { return sent.lines.size() == 200; }));
    lane.link->close();
}

}  // namespace berth::host::link
