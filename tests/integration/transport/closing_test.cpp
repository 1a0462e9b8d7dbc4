// SPDX-License-Identifier: MIT
/// Every connection ends once, whoever ends it, wherever, and however many do at the same time.
#include <gtest/gtest.h>

#include <array>

#include "integration/transport/server.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;
using berth::host::transport::TransportSettings;

class Closing : public testing::TestWithParam<bool> {
protected:
    [[nodiscard]] static bool tls() { return GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(Transport, Closing, testing::Bool(),
                         [](const auto& instance) { return instance.param ? "tls" : "plain"; });

/// A client that does whatever leads to the callback, and then waits for the end.
void provoke(const Server& server, bool tls, Callback callback) {
    Peer peer(server.port(), 4096);
    if (tls && callback != Callback::open) {
        ASSERT_TRUE(peer.start_tls());
    }
    peer.send("echo\n");
    static_cast<void>(peer.receive(3));  // So that what follows comes by itself.
    // "writable" needs more than the buffers hold; the others are content with a byte.
    const std::string bytes(callback == Callback::writable ? 8 << 20 : 1, 'x');
    std::size_t sent = 0;
    const Deadline deadline{10s};
    while (sent < bytes.size() && peer.end() == PeerEnd::open && !deadline.passed()) {
        sent += peer.try_send(std::string_view(bytes).substr(sent));
        std::array<char, 1024> buffer;
        static_cast<void>(peer.try_receive(buffer));
    }
    if (callback == Callback::closed) peer.finish();
    EXPECT_NE(peer.wait_end(), PeerEnd::open);
}

TEST_P(Closing, a_connection_may_be_ended_inside_every_callback) {
    for (const Callback callback : {Callback::open, Callback::head, Callback::data, Callback::read_turn_end,
                                    Callback::writable, Callback::closed}) {
        for (const bool politely : {true, false}) {
            Hooks hooks;
            hooks.at = [=](Connection& connection, Callback here) {
                if (here != callback) return;
                politely ? connection.shutdown() : connection.abort();
                // And everything else is allowed afterwards, and does nothing.
                EXPECT_FALSE(connection.is_open());
                EXPECT_EQ(connection.write("late"), 0u);
                connection.establish();
                connection.pause_reading();
                connection.resume_reading();
                connection.shutdown();
                if (!politely) connection.abort();
            };
            Server server({.listeners = one_listener(tls()), .hooks = hooks});

            provoke(server, tls(), callback);

            EXPECT_TRUE(server.is_empty_soon()) << static_cast<int>(callback) << politely;
            EXPECT_EQ(server.counts().opened, 1);
        }
    }
}

TEST_P(Closing, one_callback_may_end_all_the_others) {
    std::vector<Connection*> all;
    Hooks hooks;
    hooks.at = [&all](Connection& connection, Callback here) {
        if (here == Callback::open) all.push_back(&connection);
        if (here == Callback::closed) std::erase(all, &connection);
        if (here != Callback::data) return;
        for (std::size_t i = 0; i < all.size(); ++i) i % 2 == 0 ? all[i]->abort() : all[i]->shutdown();
    };
    Server server({.listeners = one_listener(tls()), .hooks = hooks});
    std::vector<Peer> peers;
    for (int i = 0; i < 50; ++i) peers.push_back(connected(server, tls()));

    for (Peer& peer : peers) static_cast<void>(peer.try_send("x"));

    for (Peer& peer : peers) {
        EXPECT_NE(peer.wait_end(), PeerEnd::open);
        peer.finish();
    }
    EXPECT_TRUE(server.is_empty_soon());
}

TEST_P(Closing, what_was_written_arrives_before_the_polite_end) {
    Hooks hooks;
    hooks.data = [](Connection& connection, Session&, std::string_view bytes) {
        EXPECT_EQ(connection.write(std::string(30'000, 'z')), 30'000u);
        connection.shutdown();
        return bytes.size();
    };
    Server server({.listeners = one_listener(tls()), .hooks = hooks});
    Peer peer = connected(server, tls());

    ASSERT_TRUE(peer.send("x"));

    EXPECT_EQ(peer.receive(30'000), std::string(30'000, 'z'));
    EXPECT_EQ(peer.wait_end(), tls() ? PeerEnd::close_notify : PeerEnd::fin);
    peer.finish();
    EXPECT_TRUE(server.has_closed(CloseReason::local, 1));
}

TEST_P(Closing, a_polite_end_waits_for_the_peer_only_so_long) {
    TransportSettings settings;
    settings.close = 300ms;
    Server server({.settings = settings, .listeners = one_listener(tls())});
    Peer stubborn = connected(server, tls());

    server.on_loop([&](auto&) { server.newest()->shutdown(); });
    // It even goes on sending, which must extend nothing.
    const Deadline deadline{10s};
    while (server.connections() > 0 && !deadline.passed()) {
        stubborn.try_send("more");
        std::this_thread::sleep_for(10ms);
    }

    EXPECT_TRUE(server.has_closed(CloseReason::local, 1));
}

TEST_P(Closing, a_polite_end_to_a_peer_with_full_buffers_still_ends) {
    TransportSettings settings;
    settings.close = 300ms;
    Server server({.settings = settings, .listeners = one_listener(tls())});
    Peer deaf = connected(server, tls(), 4096);
    const std::string bytes(65536, 'x');
    for (int idle = 0; idle < 20;) {
        idle = deaf.try_send(bytes) == 0 ? idle + 1 : 0;
        std::this_thread::sleep_for(2ms);
    }

    server.on_loop([&](auto&) { server.newest()->shutdown(); });

    EXPECT_TRUE(server.has_closed(CloseReason::local, 1));
}

TEST_P(Closing, every_way_a_peer_vanishes_is_noticed) {
    Server server({.listeners = one_listener(tls())});
    std::vector<Peer> peers;
    for (int i = 0; i < 100; ++i) peers.push_back(connected(server, tls()));

    for (std::size_t i = 0; i < peers.size(); ++i) {
        if (i % 2 == 0) peers[i].send("half a");
        if (i % 3 == 0) peers[i].reset();
        if (i % 3 == 1) peers[i].close();
        if (i % 3 == 2) peers[i].finish();
    }

    EXPECT_TRUE(server.is_empty_soon());
    EXPECT_EQ(server.counts().closed_total(), 100);
}

TEST_P(Closing, the_end_of_a_transport_closes_what_is_left) {
    std::vector<Peer> peers;
    {
        Server server({.listeners = one_listener(tls()), .threads = 2});
        for (int i = 0; i < 20; ++i) peers.push_back(connected(server, tls()));
        for (int i = 0; i < 20; ++i) peers.emplace_back(server.port());  // Silent.
        ASSERT_TRUE(eventually([&] { return server.connections() == 40; }));
    }  // Its destructor expects one end for each.
    for (Peer& peer : peers) EXPECT_EQ(peer.wait_end(), PeerEnd::reset);
}

}  // namespace
}  // namespace berth::test
