// SPDX-License-Identifier: MIT
/// One connection of a hand-written server, whose client reads slowly.
#include "bench/baselines/peer.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>

namespace berth::bench {

namespace {

/// Both ends of a connection whose socket takes little at a time.
class PeerTest : public testing::Test {
protected:
    void SetUp() override {
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
        const int little = 4096;
        ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &little, sizeof little);
        peer_.emplace(ends[0], nullptr);
        client_ = ends[1];
    }
    void TearDown() override { ::close(client_); }

    /// What the client finds, at most so many bytes.
    std::string taken(std::size_t bytes) const {
        std::string found(bytes, '\0');
        const ssize_t got = ::recv(client_, found.data(), found.size(), 0);
        found.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return found;
    }

    std::optional<Peer> peer_;
    int client_ = -1;
};

}  // namespace

TEST_F(PeerTest, what_the_socket_does_not_take_comes_later_and_in_order) {
    std::string sent, got;
    for (int number = 0; number < 2000; ++number) {
        const std::string message = std::to_string(number) + std::string(700, '.');
        peer_->write(message);
        sent += message;
        if (number % 3 == 0) got += taken(900);
        if (number % 5 == 0) peer_->write_rest();
    }
    ASSERT_TRUE(peer_->has_rest());

    while (peer_->has_rest()) {
        got += taken(5000);
        peer_->write_rest();
    }
    for (auto more = taken(5000); !more.empty(); more = taken(5000)) got += more;

    EXPECT_FALSE(peer_->is_over);
    EXPECT_TRUE(got == sent) << "sent " << sent.size() << " bytes, got " << got.size() << " other ones";
}

TEST_F(PeerTest, what_the_client_sends_is_read_and_its_end_is_seen) {
    std::array<char, 64> buffer{};
    EXPECT_EQ(peer_->read(buffer), 0u);
    EXPECT_FALSE(peer_->is_over);

    ASSERT_EQ(::send(client_, "hello", 5, 0), 5);
    EXPECT_EQ(peer_->read(buffer), 5u);
    EXPECT_FALSE(peer_->holds_bytes());

    ::shutdown(client_, SHUT_WR);
    EXPECT_EQ(peer_->read(buffer), 0u);
    EXPECT_TRUE(peer_->is_over);
}

}  // namespace berth::bench
