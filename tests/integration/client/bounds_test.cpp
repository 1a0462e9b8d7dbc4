// SPDX-License-Identifier: MIT
// Bounds on what a connection keeps, and its pings.
#include <gmock/gmock.h>

#include "integration/client/calls.hpp"
#include "integration/client/scripted_server.hpp"

namespace {

using namespace berth::test;

TEST(ClientBounds, close_with_1009_on_a_message_over_the_limit) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        peer.send(Frame{opcode::text, std::string(1000, 'x')});
        peer.send(Frame{opcode::text, std::string(1001, 'x')});
        EXPECT_EQ(close_code(peer.frame()), 1009u);
        peer.part();
    }};
    berth_client_options options = default_client_options();
    options.message_bytes_max = 1000;
    const Attempt attempt = connect_url(server.url(), options);

    EXPECT_EQ(read(attempt.connection), "text " + std::string(1000, 'x'));
    EXPECT_EQ(shown(wait_end(attempt.connection)), "1009  error " + std::to_string(BERTH_CLIENT_PROTOCOL));
}

TEST(ClientBounds, make_a_server_wait_that_is_not_read_and_lose_nothing) {
    constexpr std::size_t size = 100000;
    std::atomic<int> sent = 0;
    std::atomic<bool> waited = false;
    constexpr int messages = 300;
    ScriptedServer server{[&](Peer& peer, int) {
        peer.accept();
        for (; sent < messages; ++sent) {
            std::string bytes = encode(Frame{opcode::binary, std::to_string(sent) + std::string(size, ' ')},
                                       {.masked = false});
            // The first time that the client takes no more, it is read.
            if (!waited && !peer.offer(bytes.substr(0, 1), Deadline{std::chrono::milliseconds{300}})) {
                waited = true;
                peer.send(bytes.substr(0, 1));
            } else if (waited) {
                peer.send(bytes.substr(0, 1));
            }
            peer.send(bytes.substr(1));
        }
        peer.close(1000);
        peer.part();
    }};
    berth_client_options options = default_client_options();
    options.receive_queue_bytes_max = 200000;
    const Attempt attempt = connect_url(server.url(), options);

    // 30 MB are more than the queue and the buffers of both systems hold.
    EXPECT_TRUE(eventually([&] { return sent > 0; }));
    int before = -1;
    EXPECT_TRUE(eventually([&] { return std::exchange(before, sent.load()) == sent; }, Deadline::usual(),
                           std::chrono::milliseconds{100}));
    EXPECT_LT(before, messages);
    EXPECT_EQ(berth_client_exists(attempt.connection.get()), 1);

    for (int i = 0; i < messages; ++i) {
        ASSERT_EQ(read(attempt.connection).substr(0, 7 + std::to_string(i).size()),
                  "buffer " + std::to_string(i));
    }
    EXPECT_EQ(shown(wait_end(attempt.connection)), "1000  clean");
}

TEST(ClientBounds, make_a_writer_wait_whose_server_does_not_read) {
    std::atomic<bool> may_read = false;
    ScriptedServer server{[&](Peer& peer, int) {
        peer.accept();
        EXPECT_TRUE(eventually([&] { return may_read.load(); }, Deadline{std::chrono::seconds{60}}));
        std::size_t bytes = 0;
        for (Frame frame = peer.frame(); frame.opcode != opcode::close; frame = peer.frame())
            bytes += frame.payload.size();
        peer.send(Frame{opcode::text, std::to_string(bytes)});
        peer.close(1000);
        peer.part();
    }};
    berth_client_options options = default_client_options();
    options.send_queue_bytes_max = 300000;
    options.close_timeout_ms = patient_ms;
    const Attempt attempt = connect_url(server.url(), options);
    const std::string message(100000, 'x');

    std::size_t written = 0;
    while (write_buffer(attempt.connection, message, 300) == BERTH_CLIENT_OK) written += message.size();
    EXPECT_GT(berth_client_unsent_bytes(attempt.connection.get()), 0u);
    EXPECT_LE(berth_client_unsent_bytes(attempt.connection.get()), 310000u);
    EXPECT_EQ(write_buffer(attempt.connection, message, 0), BERTH_CLIENT_TIMEOUT);
    EXPECT_EQ(write_buffer(attempt.connection, std::string(300001, 'x'), 0), BERTH_CLIENT_FULL);

    may_read = true;
    EXPECT_EQ(write_buffer(attempt.connection, message), BERTH_CLIENT_OK);
    EXPECT_TRUE(eventually([&] { return berth_client_unsent_bytes(attempt.connection.get()) == 0; }));
    berth_client_close(attempt.connection.get(), 1000, "");
    EXPECT_EQ(shown(wait_end(attempt.connection)), "1000  clean");
    EXPECT_GT(written, 300000u);
}

TEST(ClientBounds, wake_a_waiting_writer_and_reader_when_the_connection_ends) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        // Ends once the client has filled what there is to fill and waits.
        std::this_thread::sleep_for(std::chrono::milliseconds{200});
        peer.reset();
    }};
    berth_client_options options = default_client_options();
    options.send_queue_bytes_max = 300000;
    const Attempt attempt = connect_url(server.url(), options);
    std::string heard;
    std::thread reader{[&] { heard = read(attempt.connection, BERTH_CLIENT_FOREVER); }};

    const std::string message(100000, 'x');
    berth_client_status status = BERTH_CLIENT_OK;
    while (status == BERTH_CLIENT_OK)
        status = write_buffer(attempt.connection, message, BERTH_CLIENT_FOREVER);
    reader.join();

    EXPECT_EQ(status, BERTH_CLIENT_CLOSED);
    EXPECT_EQ(heard, "status " + std::to_string(BERTH_CLIENT_CLOSED));
}

TEST(ClientPings, keep_a_silent_connection_and_its_server_known) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        for (int i = 0; i < 3; ++i) {
            const Frame ping = peer.frame();
            EXPECT_EQ(ping.opcode, opcode::ping);
            peer.send(Frame{opcode::pong, ping.payload});
        }
        peer.close(1000);
        peer.part();
    }};
    berth_client_options options = default_client_options();
    options.ping_interval_ms = 20;
    const Attempt attempt = connect_url(server.url(), options);

    EXPECT_EQ(shown(wait_end(attempt.connection)), "1000  clean");
}

}  // namespace
