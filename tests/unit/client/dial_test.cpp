// SPDX-License-Identifier: MIT
#include "client/dial.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <vector>

#include "support/deadline.hpp"

namespace berth::client::inner {
namespace {

/// A listening socket on 127.0.0.1 that nobody accepts from.
class Listener {
public:
    Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        auto* const in = reinterpret_cast<sockaddr_in*>(&address_.storage);
        in->sin_family = AF_INET;
        in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address_.size = sizeof(sockaddr_in);
        EXPECT_EQ(::bind(socket_.get(), address_.get(), address_.size), 0);
        EXPECT_EQ(::listen(socket_.get(), 0), 0);
        EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address_.storage), &address_.size), 0);
    }
    /// From now on the system answers nobody: its queue is full.
    void fall_silent() {
        for (int i = 0; i < 4; ++i) {
            queued_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            (void)::connect(queued_.back().get(), address_.get(), address_.size);
        }
    }
    [[nodiscard]] const Address& address() const { return address_; }

private:
    Descriptor socket_;
    Address address_;
    std::vector<Descriptor> queued_;
};

std::uint16_t peer_port(const Descriptor& socket) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    EXPECT_EQ(::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer), &size), 0);
    return peer.sin_port;
}

std::uint16_t port(const Address& address) { return reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port; }

TEST(ClientDial, an_address_that_stays_silent_is_joined_by_the_next_long_before_the_limit) {
    Listener silent, live;
    silent.fall_silent();
    Waiter waiter;
    const std::vector<Address> addresses{silent.address(), live.address()};

    const auto socket = dial(addresses, waiter, Clock::now() + std::chrono::seconds{20} * test::patience);

    ASSERT_TRUE(socket) << socket.error().text;
    EXPECT_EQ(peer_port(*socket), port(live.address()));
}

TEST(ClientDial, the_first_address_that_answers_is_taken) {
    Listener first, second;
    Waiter waiter;
    const std::vector<Address> addresses{first.address(), second.address()};

    const auto socket = dial(addresses, waiter, Clock::now() + std::chrono::seconds{20} * test::patience);

    ASSERT_TRUE(socket) << socket.error().text;
    EXPECT_EQ(peer_port(*socket), port(first.address()));
}

TEST(ClientDial, addresses_that_are_all_silent_end_at_the_limit) {
    Listener silent;
    silent.fall_silent();
    Waiter waiter;
    const std::vector<Address> addresses{silent.address(), silent.address()};

    const auto socket = dial(addresses, waiter, Clock::now() + std::chrono::milliseconds{400});

    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().status, BERTH_CLIENT_TIMEOUT);
}

}  // namespace
}  // namespace berth::client::inner
