// SPDX-License-Identifier: MIT
/// The turn of the loop: other descriptors, waking, and the hook at its end.
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "integration/transport/server.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;
using berth::host::Milliseconds;
using berth::host::TimePoint;
using berth::host::UniqueFd;
using namespace berth::host::transport;

/// A handler without connections.
class Idle final : public TransportHandler {
public:
    void on_open(Connection&) override {}
    void on_handshaken(Connection&) override {}
    void on_head(Connection&, std::string_view) override {}
    std::size_t on_data(Connection&, std::span<char> bytes) override { return bytes.size(); }
    void on_read_turn_end(Connection&) override {}
    void on_writable(Connection&) override {}
    void on_closed(Connection&, CloseReason) override {}
    void on_refused(const PeerAddress&, std::size_t) override {}
    Milliseconds on_turn_end(TimePoint) override {
        ++turns;
        return wait;
    }
    int turns = 0;
    Milliseconds wait = Milliseconds::max();
};

class TransportLoop : public testing::Test {
protected:
    TransportLoop() : transport_(std::move(Transport::create({}, {{}}, {&handler_}).value().front())) {}

    static UniqueFd signalled() { return UniqueFd(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)); }

    Idle handler_;
    std::unique_ptr<Transport> transport_;
};

TEST_F(TransportLoop, calls_a_watch_while_its_descriptor_is_ready_and_not_after_unwatch) {
    const UniqueFd fd = signalled();
    int calls = 0;
    ASSERT_TRUE(transport_->watch(fd.get(), EPOLLIN, [&](std::uint32_t events) {
        EXPECT_EQ(events, std::uint32_t{EPOLLIN});
        ++calls;
    }));
    transport_->run_once(1s);
    transport_->run_once(1s);
    EXPECT_EQ(calls, 2);

    transport_->unwatch(fd.get());
    transport_->run_once(0ms);

    EXPECT_EQ(calls, 2);
}

TEST_F(TransportLoop, a_watch_may_end_itself_and_another_of_the_same_batch) {
    const UniqueFd first = signalled();
    const UniqueFd second = signalled();
    int calls = 0;
    const auto end_both = [&, keep_alive = std::make_shared<std::string>(100, 'k')](std::uint32_t) {
        transport_->unwatch(first.get());
        transport_->unwatch(second.get());
        ++calls;
        EXPECT_EQ(keep_alive->size(), 100u);
    };
    ASSERT_TRUE(transport_->watch(first.get(), EPOLLIN, end_both));
    ASSERT_TRUE(transport_->watch(second.get(), EPOLLIN, end_both));

    transport_->run_once(1s);
    transport_->run_once(0ms);

    EXPECT_EQ(calls, 1);
}

TEST_F(TransportLoop, a_descriptor_watched_again_in_the_same_batch_gets_only_new_events) {
    const UniqueFd first = signalled();
    UniqueFd second = signalled();
    int old_calls = 0;
    int new_calls = 0;
    const auto swap_other = [&](UniqueFd& other) {
        return [&](std::uint32_t) {
            if (++old_calls > 1) return;
            transport_->unwatch(other.get());
            static_cast<void>(transport_->watch(other.get(), EPOLLIN, [&](std::uint32_t) { ++new_calls; }));
        };
    };
    ASSERT_TRUE(transport_->watch(first.get(), EPOLLIN, swap_other(second)));
    ASSERT_TRUE(transport_->watch(second.get(), EPOLLIN, [&](std::uint32_t) { ++old_calls; }));

    transport_->run_once(1s);
    EXPECT_EQ(new_calls, 0);
    transport_->run_once(1s);
    EXPECT_LE(new_calls, 1);
}

TEST_F(TransportLoop, what_a_watch_waits_for_can_change) {
    const UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    int calls = 0;
    ASSERT_TRUE(transport_->watch(fd.get(), EPOLLIN, [&](std::uint32_t) { ++calls; }));
    transport_->run_once(0ms);
    EXPECT_EQ(calls, 0);

    ASSERT_TRUE(transport_->change_watch(fd.get(), EPOLLOUT));
    transport_->run_once(1s);

    EXPECT_EQ(calls, 1);
    EXPECT_EQ(transport_->change_watch(9999, EPOLLIN).error().message, "descriptor 9999 isn't watched");
    EXPECT_FALSE(transport_->watch(9999, EPOLLIN, [](std::uint32_t) {}));
}

TEST_F(TransportLoop, the_handlers_wait_bounds_the_next_one) {
    handler_.wait = 0ms;
    transport_->run_once(0ms);
    const auto start = std::chrono::steady_clock::now();

    transport_->run_once(60s);

    EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
    EXPECT_EQ(handler_.turns, 2);
}

TEST_F(TransportLoop, wakes_from_other_threads_are_never_lost) {
    std::thread loop([&] { transport_->run(); });
    std::vector<std::thread> others;
    for (int i = 0; i < 4; ++i) {
        others.emplace_back([&] {
            for (int k = 0; k < 1000; ++k) transport_->wake();
        });
    }
    for (auto& other : others) other.join();

    transport_->stop();  // Returns only because its own wake arrives.
    loop.join();
    EXPECT_GE(handler_.turns, 1);

    std::thread again([&] { transport_->run(); });
    transport_->stop();
    again.join();
}

TEST_F(TransportLoop, idle_it_uses_no_cpu) {
    std::thread loop([&] { transport_->run(); });
    const auto before = cpu_time();
    std::this_thread::sleep_for(500ms);
    EXPECT_LT(cpu_time() - before, 50ms);
    transport_->stop();
    loop.join();
}

TEST(TransportThreads, share_connections_evenly_and_keep_each_on_its_own) {
    Server server({.threads = 3});
    std::vector<Peer> peers;
    for (int i = 0; i < 30; ++i) peers.push_back(connected(server, false));
    for (std::size_t thread = 0; thread < 3; ++thread) {
        server.on_loop([](Transport& transport) { EXPECT_EQ(transport.connections(), 10u); }, thread);
    }
}

}  // namespace
}  // namespace berth::test
