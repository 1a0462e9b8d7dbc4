// SPDX-License-Identifier: MIT
/// Bytes come back as they went, in every size, number of connections and depth of pipelining.
#include <gtest/gtest.h>
#include <poll.h>

#include <array>

#include "integration/transport/server.hpp"

namespace berth::test {
namespace {

struct Load {
    bool tls;
    std::size_t message;
    std::size_t connections;
    std::size_t in_flight;
    std::size_t messages;  // per connection
};

std::string name_of(const testing::TestParamInfo<Load>& info) {
    const Load& load = info.param;
    return std::string(load.tls ? "tls" : "plain") + "_" + std::to_string(load.message) + "_bytes_" +
           std::to_string(load.connections) + "_connections_" + std::to_string(load.in_flight) + "_in_flight";
}

struct Stream {
    Peer peer;
    std::size_t sent = 0;
    std::size_t received = 0;
    std::size_t wrong = 0;
};

void pump(Stream& stream, std::size_t number, const Load& load) {
    const std::size_t total = load.message * load.messages;
    const std::size_t allowed =
        std::min(total, stream.received / load.message * load.message + load.in_flight * load.message);
    while (stream.sent < allowed) {
        const std::string bytes =
            pattern_bytes(number, stream.sent, std::min<std::size_t>(allowed - stream.sent, 65536));
        const std::size_t sent = stream.peer.try_send(bytes);
        stream.sent += sent;
        if (sent < bytes.size()) break;
    }
    std::array<char, 65536> buffer;
    while (const std::size_t got = stream.peer.try_receive(buffer)) {
        for (std::size_t i = 0; i < got; ++i)
            stream.wrong += buffer[i] != pattern(number, stream.received + i) ? 1 : 0;
        stream.received += got;
    }
}

class Echo : public testing::TestWithParam<Load> {};

TEST_P(Echo, returns_every_byte) {
    const Load& load = GetParam();
    // However long one connection has to wait for this test to look after all the others.
    Server server({.settings = {.blocked_write = std::chrono::minutes(10)}, .listeners = one_listener(load.tls), .threads = 2});
    std::vector<Stream> streams;
    for (std::size_t i = 0; i < load.connections; ++i) streams.push_back({connected(server, load.tls)});

    const Deadline deadline{std::chrono::seconds(60)};
    const std::size_t total = load.message * load.messages;
    for (bool done = false; !done && !deadline.passed();) {
        std::vector<pollfd> polled;
        done = true;
        for (std::size_t i = 0; i < streams.size(); ++i) {
            pump(streams[i], i, load);
            ASSERT_EQ(streams[i].peer.end(), PeerEnd::open);
            done = done && streams[i].received == total;
            const std::size_t allowed = std::min(
                total, streams[i].received / load.message * load.message + load.in_flight * load.message);
            const bool wants_to_send = streams[i].sent < allowed;
            polled.push_back(
                {streams[i].peer.fd(), static_cast<short>(POLLIN | (wants_to_send ? POLLOUT : 0)), 0});
        }
        if (!done) ::poll(polled.data(), polled.size(), 100);
    }

    for (const Stream& stream : streams) {
        EXPECT_EQ(stream.received, total);
        EXPECT_EQ(stream.wrong, 0u);
    }
}

INSTANTIATE_TEST_SUITE_P(Transport, Echo,
                         testing::Values(Load{false, 20, 1, 1, 300}, Load{true, 20, 1, 1, 300},
                                         Load{false, 20, 100, 16, 200}, Load{true, 20, 100, 16, 200},
                                         Load{false, 16384, 1, 16, 300}, Load{true, 16384, 1, 16, 300},
                                         Load{false, 16384, 100, 1, 5}, Load{true, 16384, 100, 1, 5},
                                         Load{false, 16384, 100, 16, 16}, Load{true, 16384, 100, 16, 16},
                                         Load{false, 1048576, 1, 1, 5}, Load{true, 1048576, 1, 1, 5},
                                         Load{false, 1048576, 20, 2, 2}, Load{true, 1048576, 20, 2, 2}),
                         name_of);

}  // namespace
}  // namespace berth::test
