// SPDX-License-Identifier: MIT
/// What a peer may make OpenSSL do that brings nobody a byte: it stays within one call for as long as such records come.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>

#include "integration/transport/server.hpp"
#include "support/tls_flood.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;

/// More than any client has reason for, far more than a connection may send.
constexpr std::size_t many = 20'000;

/// Puts bytes on the wire as they are until all is gone or the server has ended it. @return the bytes that went.
std::size_t put(Peer& peer, std::string_view bytes) {
    std::size_t put = 0;
    for (const Deadline deadline{30s}; put < bytes.size() && !deadline.passed();) {
        const ssize_t sent = ::send(peer.fd(), bytes.data() + put, bytes.size() - put, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) break;
        if (sent < 0) std::this_thread::sleep_for(1ms);
        put += sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }
    return put;
}

enum class When { before_the_request, on_a_standing_connection };

class TransportFlood : public testing::TestWithParam<std::tuple<int, When>> {
protected:
    [[nodiscard]] static std::string flood(Peer& peer, std::size_t count) {
        const auto [version, when] = GetParam();
        const std::uint64_t records = when == When::before_the_request ? 0 : 1;
        return version == TLS1_3_VERSION ? key_updates(peer.ssl(), count) : client_hellos(peer.ssl(), count, records);
    }
    [[nodiscard]] static Peer flooder(const Server& server) {
        const auto [version, when] = GetParam();
        Peer peer(server.port());
        EXPECT_TRUE(peer.start_tls({.minimum = version, .maximum = version}));
        if (when == When::on_a_standing_connection) {
            EXPECT_TRUE(peer.send("echo\n"));
            EXPECT_EQ(peer.receive(3), "ok\n");
        }
        return peer;
    }
};

INSTANTIATE_TEST_SUITE_P(Peers, TransportFlood,
                         testing::Combine(testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                                          testing::Values(When::before_the_request, When::on_a_standing_connection)),
                         [](const auto& shape) {
                             return std::string(std::get<0>(shape.param) == TLS1_3_VERSION ? "key_updates" : "client_hellos") +
                                    (std::get<1>(shape.param) == When::before_the_request ? "_before_the_request"
                                                                                        : "_on_a_standing_connection");
                         });

}  // namespace

TEST_P(TransportFlood, of_handshake_messages_ends_its_connection_and_nobody_elses) {
    Server server({.listeners = one_listener(true)});
    Peer honest = connected(server, true);
    Peer peer = flooder(server);

    put(peer, flood(peer, many));

    EXPECT_TRUE(server.has_closed(CloseReason::tls_flood, 1));
    EXPECT_EQ(server.counts().closed_total(), 1);
    EXPECT_TRUE(honest.send("hello"));
    EXPECT_EQ(honest.receive(5), "hello");
}

TEST_P(TransportFlood, of_a_few_messages_is_none) {
    Server server({.listeners = one_listener(true)});
    Peer peer = flooder(server);

    const std::string bytes = flood(peer, 30);
    EXPECT_EQ(put(peer, bytes), bytes.size());
    if (std::get<0>(GetParam()) == TLS1_3_VERSION) {
        EXPECT_TRUE(peer.send(std::get<1>(GetParam()) == When::before_the_request ? "echo\n" : "again"));
        EXPECT_EQ(peer.receive(3), std::get<1>(GetParam()) == When::before_the_request ? "ok\n" : "aga");
    } else {
        // Each is answered with a warning, whose record is 5 + 8 + 2 + 16 bytes long.
        std::string warnings(30 * 31, '\0');
        std::size_t got = 0;
        for (const Deadline deadline{20s}; got < warnings.size() && !deadline.passed();) {
            const ssize_t step = ::recv(peer.fd(), warnings.data() + got, warnings.size() - got, 0);
            if (step > 0) got += static_cast<std::size_t>(step);
            if (step < 0) std::this_thread::sleep_for(1ms);
        }
        EXPECT_EQ(got, warnings.size());
    }
    EXPECT_EQ(server.counts().closed_total(), 0);
}

}  // namespace berth::test
