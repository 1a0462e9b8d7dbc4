// SPDX-License-Identifier: MIT
/// The accept loop, and the limits that hold before a connection is established.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <fstream>

#include "integration/transport/server.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;
using berth::host::UniqueFd;
using berth::host::transport::PeerAddress;
using berth::host::transport::TransportSettings;

int option_of(int fd, int level, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(fd, level, name, &value, &size), 0);
    return value;
}

/// Hands the first connection to the test instead of a transport.
class Catcher final : public berth::host::transport::AcceptHandler {
public:
    berth::host::transport::Verdict verdict(const PeerAddress& peer, std::size_t) override {
        const std::lock_guard lock(mutex_);
        address_ = peer;
        return {.thread = 0};
    }
    void accepted(UniqueFd socket, std::size_t, const PeerAddress&, std::size_t) override {
        const std::lock_guard lock(mutex_);
        sockets_.push_back(std::move(socket));
    }
    void on_wake_up() override { ++turns; }

    [[nodiscard]] std::size_t count() const {
        const std::lock_guard lock(mutex_);
        return sockets_.size();
    }
    [[nodiscard]] int first() const {
        const std::lock_guard lock(mutex_);
        return sockets_.front().get();
    }
    void drop() {
        const std::lock_guard lock(mutex_);
        sockets_.clear();
    }
    [[nodiscard]] PeerAddress address() const {
        const std::lock_guard lock(mutex_);
        return address_;
    }
    std::atomic<int> turns{0};

private:
    mutable std::mutex mutex_;
    std::vector<UniqueFd> sockets_;
    PeerAddress address_;
};

struct Door {
    Catcher catcher;
    std::uint16_t port = 0;
    std::unique_ptr<berth::host::transport::Acceptor> acceptor;
    Door() {
        std::vector<UniqueFd> sockets;
        sockets.push_back(listen_on_loopback(port));
        acceptor = std::move(berth::host::transport::Acceptor::create(std::move(sockets), catcher).value());
    }
};

TEST(Acceptor, hands_out_sockets_with_every_option_set) {
    Door door;
    Peer peer(door.port);
    ASSERT_TRUE(eventually([&] { return door.catcher.count() == 1; }));

    const int fd = door.catcher.first();

    EXPECT_EQ(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option_of(fd, SOL_SOCKET, SO_SNDBUF), 128 * 1024);
    EXPECT_EQ(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 30'000);
    EXPECT_EQ(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_NE(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_EQ(door.catcher.address().text(), "127.0.0.1");
    EXPECT_TRUE(door.catcher.address().is_loopback());
    sockaddr_in own{};
    socklen_t size = sizeof own;
    ::getsockname(peer.fd(), reinterpret_cast<sockaddr*>(&own), &size);
    EXPECT_EQ(door.catcher.address().port(), ntohs(own.sin_port));
}

TEST(Acceptor, listens_on_127_0_0_1_and_on_no_other_address) {
    Door door;
    std::ifstream table("/proc/net/tcp");
    std::array<char, 16> port{};
    std::snprintf(port.data(), port.size(), ":%04X", door.port);
    std::vector<std::string> listening;
    for (std::string line; std::getline(table, line);) {
        if (line.find(" 0A ") != std::string::npos && line.find(port.data()) != std::string::npos)
            listening.push_back(line);
    }
    ASSERT_EQ(listening.size(), 1u);
    EXPECT_NE(listening[0].find("0100007F" + std::string(port.data())), std::string::npos) << listening[0];
    std::ifstream table6("/proc/net/tcp6");
    for (std::string line; std::getline(table6, line);) {
        EXPECT_TRUE(line.find(" 0A ") == std::string::npos || line.find(port.data()) == std::string::npos)
            << line;
    }
}

TEST(Acceptor, resets_whom_the_verdict_refuses) {
    Server server({.admits = [](std::size_t) { return false; }});
    for (int i = 0; i < 5; ++i) {
        Peer peer(server.port());
        EXPECT_EQ(peer.wait_end(), PeerEnd::reset);
    }
    EXPECT_EQ(server.acceptor().counters().refused, 5u);
    EXPECT_EQ(server.acceptor().counters().accepted, 0u);
}

TEST(Acceptor, paused_leaves_newcomers_waiting_and_resumed_takes_them) {
    Door door;
    door.acceptor->pause();
    ASSERT_TRUE(eventually([&] { return door.catcher.turns >= 1; }));
    std::vector<Peer> peers;
    for (int i = 0; i < 100; ++i) peers.emplace_back(door.port);
    const auto before = cpu_time();
    std::this_thread::sleep_for(300ms);
    EXPECT_LT(cpu_time() - before, 60ms);
    EXPECT_EQ(door.catcher.count(), 0u);

    door.acceptor->resume();

    EXPECT_TRUE(eventually([&] { return door.catcher.count() == 100; }));
}

TEST(Acceptor, made_paused_takes_nobody_who_waited_before_it_was_there) {
    Catcher catcher;
    std::uint16_t port = 0;
    std::vector<UniqueFd> sockets;
    sockets.push_back(listen_on_loopback(port));
    const Peer early(port);

    const auto acceptor = berth::host::transport::Acceptor::create(std::move(sockets), catcher, {.is_paused = true}).value();

    acceptor->wake();
    ASSERT_TRUE(eventually([&] { return catcher.turns >= 1; }));
    EXPECT_EQ(catcher.count(), 0u);
    acceptor->resume();
    EXPECT_TRUE(eventually([&] { return catcher.count() == 1; }));
}

TEST(Acceptor, wakes_for_other_threads) {
    Door door;
    const int before = door.catcher.turns;
    door.acceptor->wake();
    EXPECT_TRUE(eventually([&] { return door.catcher.turns > before; }));
}

TEST(Acceptor, leaves_the_last_descriptors_to_others) {
    Catcher catcher;
    std::uint16_t port = 0;
    std::vector<UniqueFd> sockets;
    sockets.push_back(listen_on_loopback(port));
    const UniqueFd next(::dup(STDIN_FILENO));
    const std::size_t end = static_cast<std::size_t>(next.get()) + 30;
    const auto acceptor = berth::host::transport::Acceptor::create(std::move(sockets), catcher, {.descriptors_end = end}).value();

    const auto judged = [&] { return acceptor->counters().accepted + acceptor->counters().without_descriptor; };
    std::vector<Peer> peers;
    for (std::uint64_t i = 1; i <= 30; ++i) {
        peers.emplace_back(port);
        ASSERT_TRUE(eventually([&] { return judged() == i; }));
    }

    // Each takes one at either end.
    EXPECT_GE(acceptor->counters().accepted, 5u);
    EXPECT_GE(acceptor->counters().without_descriptor, 10u);
    peers.clear();
    catcher.drop();
    Peer late(port);
    EXPECT_TRUE(eventually([&] { return catcher.count() == 1; }));
}

TEST(Acceptor, without_descriptors_answers_newcomers_does_not_spin_and_recovers) {
#if defined(BERTH_SANITIZED)
    GTEST_SKIP() << "the undefined behaviour sanitizer makes pipes of its own to look at memory";
#endif
    Server server({});
    Peer established = connected(server, false);
    std::vector<UniqueFd> sockets;  // Made while there are descriptors; connected when there are none.
    for (int i = 0; i < 30; ++i) sockets.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(sockets.back().get()) + 1;
    setrlimit(RLIMIT_NOFILE, &none);

    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (const UniqueFd& socket : sockets) {
        EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    EXPECT_TRUE(eventually([&] { return server.acceptor().counters().without_descriptor == 30; }));
    const auto cpu = cpu_time();
    std::this_thread::sleep_for(1s);
    EXPECT_LT(cpu_time() - cpu, 100ms);
    char byte = 0;
    for (const UniqueFd& socket : sockets) EXPECT_EQ(::recv(socket.get(), &byte, 1, 0), 1);
    EXPECT_EQ(byte, 'n');
    ASSERT_TRUE(established.send("hello"));
    EXPECT_EQ(established.receive(5), "hello");

    setrlimit(RLIMIT_NOFILE, &before);

    EXPECT_TRUE(eventually([&] {
        Peer peer(server.port());
        peer.send("echo\n");
        return peer.receive(3) == "ok\n";
    }));
}

TEST(YoungConnections, beyond_the_limit_are_refused_and_told_to_the_handler) {
    TransportSettings settings;
    settings.young_connections_max = 3;
    Server server({.settings = settings});
    Peer established = connected(server, false);
    std::vector<Peer> young;
    for (int i = 0; i < 3; ++i) young.emplace_back(server.port());
    ASSERT_TRUE(eventually([&] { return server.connections() == 4; }));
    server.on_loop([](auto& transport) { EXPECT_FALSE(transport.has_room()); });

    Peer beyond(server.port());
    EXPECT_EQ(beyond.wait_end(), PeerEnd::reset);
    EXPECT_TRUE(eventually([&] { return server.counts().refused == 1; }));

    // One becomes established, so there is room for one more.
    ASSERT_TRUE(young[0].send("echo\n"));
    ASSERT_EQ(young[0].receive(3), "ok\n");
    server.on_loop([](auto& transport) { EXPECT_TRUE(transport.has_room()); });
    Peer next = connected(server, false);
}

TEST(Adoption, of_an_unknown_listener_is_refused_and_the_descriptor_closed) {
    Server server({});
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    server.on_loop([&](auto& transport) {
        EXPECT_EQ(transport.adopt(UniqueFd(pair[0]), 7, {}).error().message,
                  "adopt a connection: there is no listener 7");
    });
    char byte = 0;
    EXPECT_EQ(::read(pair[1], &byte, 1), 0);
    ::close(pair[1]);
}

}  // namespace
}  // namespace berth::test
