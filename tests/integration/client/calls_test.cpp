// SPDX-License-Identifier: MIT
// The synchronous interface against a server that behaves.
#include "integration/client/calls.hpp"

#include <gmock/gmock.h>

#include <array>

#include "integration/client/scripted_server.hpp"

namespace {

using namespace berth::test;
using testing::HasSubstr;

/// Sends everything back, and answers closes.
void echo(Peer& peer, int) {
    peer.accept();
    for (;;) {
        Frame frame = peer.frame();
        peer.send(frame);
        if (frame.opcode == opcode::close) return;
    }
}

TEST(ClientCalls, connect_write_read_and_close) {
    ScriptedServer server{echo};
    const Attempt attempt = connect_url(server.url("/chat?x=1"));
    ASSERT_TRUE(attempt.connection) << attempt.error.text;
    const Connection& connection = attempt.connection;
    EXPECT_EQ(berth_client_exists(connection.get()), 1);

    EXPECT_EQ(write_text(connection, "grüß dich"), BERTH_CLIENT_OK);
    EXPECT_EQ(write_buffer(connection, std::string_view{"\0\xFF", 2}), BERTH_CLIENT_OK);

    EXPECT_EQ(read(connection), "text grüß dich");
    EXPECT_EQ(read(connection), std::string("buffer \0\xFF", 9));
    EXPECT_EQ(berth_client_close(connection.get(), 3000, "so long"), BERTH_CLIENT_OK);
    EXPECT_EQ(berth_client_exists(connection.get()), 0);
    EXPECT_EQ(shown(wait_end(connection)), "3000 so long clean");
    EXPECT_EQ(write_text(connection, "more"), BERTH_CLIENT_CLOSED);
    EXPECT_EQ(read(connection), "status " + std::to_string(BERTH_CLIENT_CLOSED));
}

TEST(ClientCalls, take_host_port_and_path_with_and_without_a_slash) {
    std::vector<std::string> requests;
    ScriptedServer server{[&](Peer& peer, int) {
        requests.push_back(peer.head().substr(0, peer.head().find('\r')));
        peer.accept();
        peer.close(1000);
        peer.part();
    }};
    const berth_client_options options = default_client_options();

    for (const char* path : {"chat", "/chat", "chat/room?y=2", ""}) {
        berth_client_error error{};
        const Connection connection{berth_client_connect("127.0.0.1", server.port(), path, &options, &error)};
        ASSERT_TRUE(connection) << error.text;
        EXPECT_EQ(wait_end(connection).code, 1000);
    }

    EXPECT_THAT(requests, testing::ElementsAre("GET /chat HTTP/1.1", "GET /chat HTTP/1.1",
                                               "GET /chat/room?y=2 HTTP/1.1", "GET / HTTP/1.1"));
}

TEST(ClientCalls, resolve_names) {
    ScriptedServer server{echo};
    const berth_client_options options = default_client_options();
    berth_client_error error{};

    const Connection connection{berth_client_connect("localhost", server.port(), "/", &options, &error)};

    EXPECT_TRUE(connection) << error.text;
}

TEST(ClientCalls, offer_sub_protocols_and_send_headers) {
    std::string request;
    ScriptedServer server{[&](Peer& peer, int) {
        request = peer.head();
        peer.accept("Sec-WebSocket-Protocol: chat.v1\r\n");
        peer.close(peer.frame().opcode == opcode::close ? 1000 : 1002);
    }};
    const std::array<const char*, 2> subprotocols{"chat.v2", "chat.v1"};
    const std::array<berth_client_header, 1> headers{berth_client_header{"Authorization", "Bearer abc"}};
    berth_client_options options = default_client_options();
    options.subprotocols = subprotocols.data();
    options.subprotocol_count = subprotocols.size();
    options.headers = headers.data();
    options.header_count = headers.size();
    options.origin = "https://example.org";

    const Attempt attempt = connect_url(server.url(), options);
    ASSERT_TRUE(attempt.connection) << attempt.error.text;
    std::array<char, 5> cut{};

    EXPECT_EQ(berth_client_subprotocol(attempt.connection.get(), cut.data(), cut.size()), 7u);
    EXPECT_STREQ(cut.data(), "chat");
    EXPECT_EQ(berth_client_subprotocol(attempt.connection.get(), nullptr, 0), 7u);
    berth_client_close(attempt.connection.get(), 0, nullptr);
    EXPECT_EQ(shown(wait_end(attempt.connection)), "1000  clean");
    EXPECT_THAT(request, HasSubstr("\r\nSec-WebSocket-Protocol: chat.v2, chat.v1\r\n"));
    EXPECT_THAT(request, HasSubstr("\r\nAuthorization: Bearer abc\r\n"));
    EXPECT_THAT(request, HasSubstr("\r\nOrigin: https://example.org\r\n"));
}

TEST(ClientCalls, read_with_and_without_waiting) {
    ScriptedServer server{echo};
    const Attempt attempt = connect_url(server.url());
    ASSERT_TRUE(attempt.connection) << attempt.error.text;

    EXPECT_EQ(read(attempt.connection, 0), "status " + std::to_string(BERTH_CLIENT_TIMEOUT));
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(read(attempt.connection, 50), "status " + std::to_string(BERTH_CLIENT_TIMEOUT));
    EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds{50});
    write_text(attempt.connection, "now");
    EXPECT_EQ(read(attempt.connection, BERTH_CLIENT_FOREVER), "text now");
}

TEST(ClientCalls, report_every_close_code_of_the_server_untouched) {
    const std::vector<unsigned> codes{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010,
                                      1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999};
    ScriptedServer server{[&](Peer& peer, int before) {
        const unsigned code = codes[static_cast<std::size_t>(before)];
        peer.accept();
        peer.send(Frame{opcode::text, "before"});
        peer.close(code, "because");
        EXPECT_EQ(close_code(peer.frame()), code) << "the answer";
        peer.finish();
        EXPECT_TRUE(peer.ended());
    }};

    for (const unsigned code : codes) {
        const Attempt attempt = connect_url(server.url());
        ASSERT_TRUE(attempt.connection) << attempt.error.text;
        EXPECT_EQ(shown(wait_end(attempt.connection)), std::to_string(code) + " because clean");
        EXPECT_EQ(read(attempt.connection), "text before") << "what came before the end can be read after it";
    }
}

TEST(ClientCalls, know_a_close_without_a_code) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        peer.send(Frame{opcode::close, ""});
        peer.part();
    }};
    const Attempt attempt = connect_url(server.url());

    EXPECT_EQ(shown(wait_end(attempt.connection)), "1005  clean");
}

TEST(ClientCalls, take_frames_that_come_with_the_handshake) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept({}, encode(Frame{opcode::text, "early"}, {.masked = false}));
        peer.part_when_asked();
    }};
    const Attempt attempt = connect_url(server.url());

    EXPECT_EQ(read(attempt.connection), "text early");
}

TEST(ClientCalls, join_fragments_and_answer_pings_between_them) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        peer.send(Frame{.opcode = opcode::text, .payload = "one ", .fin = false});
        peer.send(Frame{opcode::ping, "still there?"});
        peer.send(Frame{.opcode = opcode::continuation, .payload = "message"});
        const Frame pong = peer.frame();
        EXPECT_EQ(pong.opcode, opcode::pong);
        EXPECT_EQ(pong.payload, "still there?");
        peer.part_when_asked();
    }};
    const Attempt attempt = connect_url(server.url());

    EXPECT_EQ(read(attempt.connection), "text one message");
}

TEST(ClientCalls, carry_messages_of_all_lengths) {
    ScriptedServer server{echo};
    const Attempt attempt = connect_url(server.url());
    ASSERT_TRUE(attempt.connection) << attempt.error.text;

    for (const std::size_t size : {0u, 1u, 125u, 126u, 127u, 65535u, 65536u, 3000000u}) {
        const std::string bytes(size, static_cast<char>(size));
        ASSERT_EQ(write_buffer(attempt.connection, bytes), BERTH_CLIENT_OK);
        EXPECT_TRUE(read(attempt.connection) == "buffer " + bytes) << size;
    }
}

TEST(ClientCalls, refuse_arguments_that_cannot_be) {
    ScriptedServer server{echo};
    const Attempt attempt = connect_url(server.url());
    ASSERT_TRUE(attempt.connection) << attempt.error.text;
    berth_client_connection* c = attempt.connection.get();

    EXPECT_EQ(write_text(attempt.connection, "\xFF"), BERTH_CLIENT_INVALID);
    EXPECT_EQ(berth_client_write_text(c, nullptr, 1, 0), BERTH_CLIENT_INVALID);
    for (const std::uint16_t code :
         std::initializer_list<std::uint16_t>{999, 1004, 1005, 1006, 1015, 1016, 2999, 5000})
        EXPECT_EQ(berth_client_close(c, code, ""), BERTH_CLIENT_INVALID) << code;
    EXPECT_EQ(berth_client_close(c, 1000, std::string(124, 'x').c_str()), BERTH_CLIENT_INVALID);
    EXPECT_EQ(berth_client_close(c, 1000, "\xFF"), BERTH_CLIENT_INVALID);
    EXPECT_EQ(berth_client_read(c, nullptr, 0), BERTH_CLIENT_INVALID);
    EXPECT_EQ(berth_client_exists(c), 1) << "nothing of this did anything";
}

TEST(ClientCalls, accept_no_connection_at_all) {
    EXPECT_EQ(berth_client_exists(nullptr), 0);
    EXPECT_EQ(berth_client_write_text(nullptr, "x", 1, 0), BERTH_CLIENT_INVALID);
    EXPECT_EQ(berth_client_close(nullptr, 1000, ""), BERTH_CLIENT_INVALID);
    EXPECT_EQ(berth_client_unsent_bytes(nullptr), 0u);
    EXPECT_EQ(berth_client_subprotocol(nullptr, nullptr, 0), 0u);
    berth_client_release(nullptr);
    berth_client_message_free(nullptr);
}

TEST(ClientCalls, say_what_is_wrong_with_a_url_or_an_option) {
    berth_client_options options = default_client_options();
    EXPECT_STREQ(connect_url("http://127.0.0.1/").error.text,
                 "URL \"http://127.0.0.1/\": URL that does not begin with ws:// or wss:// (RFC 6455 §3)");
    options.message_bytes_max = 0;
    const Attempt attempt = connect_url("ws://127.0.0.1/", options);
    EXPECT_STREQ(attempt.error.text, "options: message_bytes_max: at least 1");
    EXPECT_EQ(attempt.error.status, BERTH_CLIENT_INVALID);
    EXPECT_EQ(attempt.error.retry_after_ms, -1);
}

TEST(ClientCalls, end_an_open_connection_when_it_is_released) {
    unsigned code = 0;
    {
        ScriptedServer server{[&](Peer& peer, int) {
            peer.accept();
            const Frame last = peer.frame();
            code = close_code(last);
            peer.send(last);
        }};
        connect_url(server.url()).connection.reset();
    }
    EXPECT_EQ(code, 1001u);
}

TEST(ClientCalls, send_what_was_written_before_a_close) {
    std::string heard;
    {
        ScriptedServer server{[&](Peer& peer, int) {
            peer.accept();
            for (Frame frame = peer.frame(); frame.opcode != opcode::close; frame = peer.frame())
                heard += frame.payload;
            peer.close(1000);
        }};
        const Attempt attempt = connect_url(server.url());
        for (int i = 0; i < 100; ++i) write_text(attempt.connection, std::to_string(i) + " ");
        berth_client_close(attempt.connection.get(), 1000, "");
        EXPECT_EQ(shown(wait_end(attempt.connection)), "1000  clean");
    }
    EXPECT_TRUE(heard.starts_with("0 1 2 3 ")) << heard;
    EXPECT_TRUE(heard.ends_with(" 98 99 ")) << heard;
}

}  // namespace
