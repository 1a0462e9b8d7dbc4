// SPDX-License-Identifier: MIT
// Servers that are slow, wrong, hostile or suddenly gone.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include "integration/client/calls.hpp"
#include "integration/client/scripted_server.hpp"

namespace {

using namespace berth::test;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::int64_t short_ms = 300 * patience;

berth_client_options in_a_hurry() {
    berth_client_options options = default_client_options();
    options.connect_timeout_ms = short_ms;
    return options;
}

/// A connection attempt that has to fail, and not before its time.
berth_client_error times_out(const std::string& url, const berth_client_options& options = in_a_hurry()) {
    const auto begin = std::chrono::steady_clock::now();
    const Attempt attempt = connect_url(url, options);
    const auto took = std::chrono::steady_clock::now() - begin;
    EXPECT_FALSE(attempt.connection);
    const std::chrono::milliseconds limit{options.connect_timeout_ms};
    EXPECT_GE(took, limit);
    EXPECT_LT(took, limit + std::chrono::seconds{2} * patience);
    EXPECT_EQ(attempt.error.status, BERTH_CLIENT_TIMEOUT) << attempt.error.text;
    return attempt.error;
}

/// What becomes of a connection whose server, after the handshake, does this.
berth_client_end after(std::function<void(Peer&)> act,
                       berth_client_options options = default_client_options()) {
    ScriptedServer server{[&](Peer& peer, int) {
        peer.accept();
        act(peer);
    }};
    const Attempt attempt = connect_url(server.url(), options);
    EXPECT_TRUE(attempt.connection) << attempt.error.text;
    return attempt.connection ? wait_end(attempt.connection) : berth_client_end{};
}

/// As `after`, with bytes that must not be; the client must say so by a close frame with the code.
berth_client_end after_wrong_bytes(std::string bytes, unsigned code) {
    return after([&](Peer& peer) {
        peer.send(bytes);
        EXPECT_EQ(close_code(peer.frame()), code);
        peer.finish();
        EXPECT_TRUE(peer.ended());
    });
}

TEST(ClientAgainstNobody, is_refused_at_once) {
    std::string url;
    {
        ScriptedServer server{[](Peer&, int) {}};
        url = server.url();
    }

    const Attempt attempt = connect_url(url);

    EXPECT_EQ(attempt.error.status, BERTH_CLIENT_UNREACHABLE);
    EXPECT_THAT(attempt.error.text, StartsWith(url + ": connecting to 127.0.0.1 port "));
    EXPECT_THAT(attempt.error.text, EndsWith("Connection refused"));
}

TEST(ClientAgainstSilence, gives_up_on_a_server_that_never_accepts) {
    // A full queue of connections that nobody accepts: the system answers no more.
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), size), 0);
    ASSERT_EQ(listen(listener, 0), 0);
    ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
    std::vector<int> queued;
    for (int i = 0; i < 4; ++i) {
        queued.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        connect(queued.back(), reinterpret_cast<const sockaddr*>(&address), size);
    }

    times_out("ws://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/");

    for (const int fd : queued) close(fd);
    close(listener);
}

TEST(ClientAgainstSilence, gives_up_on_a_handshake_that_is_not_answered) {
    ScriptedServer server{[](Peer& peer, int) { peer.ended(); }};

    const berth_client_error error = times_out(server.url("/chat?token=secret"));

    EXPECT_EQ(error.text, server.url("/chat") + ": the handshake took longer than the time limit");
}

TEST(ClientAgainstSilence, gives_up_on_a_handshake_that_comes_in_drops) {
    ScriptedServer server{[](Peer& peer, int) {
        const std::string text = "HTTP/1.1 101 Switching Protocols\r\nX-Long: " + std::string(5000, 'x');
        for (const char drop : text) {
            if (!peer.offer({&drop, 1})) return;
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    }};

    times_out(server.url());
}

TEST(ClientAgainstSilence, gives_up_on_a_tls_handshake_that_is_not_answered) {
    ScriptedServer server{[](Peer& peer, int) { peer.ended(); }};

    berth_client_options options = in_a_hurry();
    options.tls_verify = 0;  // Reading the system's store takes a sanitized program longer than that.

    const berth_client_error error =
        times_out("wss://127.0.0.1:" + std::to_string(server.port()) + "/", options);

    EXPECT_THAT(error.text, EndsWith(": the TLS handshake took longer than the time limit"));
}

TEST(ClientAgainstSilence, waits_no_longer_for_a_close_than_it_was_told) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.accept();
        EXPECT_EQ(peer.frame().opcode, opcode::close);
        peer.ended();
    }};
    berth_client_options options = default_client_options();
    options.close_timeout_ms = short_ms;
    const Attempt attempt = connect_url(server.url(), options);
    const auto begin = std::chrono::steady_clock::now();

    berth_client_close(attempt.connection.get(), 1000, "bye");

    const berth_client_end end = wait_end(attempt.connection);
    const auto took = std::chrono::steady_clock::now() - begin;
    EXPECT_GE(took, std::chrono::milliseconds{short_ms});
    EXPECT_LT(took, std::chrono::milliseconds{default_client_options().close_timeout_ms}) << "generous";
    EXPECT_EQ(shown(end), "1006  error " + std::to_string(BERTH_CLIENT_TIMEOUT));
    EXPECT_EQ(end.error.text, server.url() + ": the server did not answer the close within " + std::to_string(short_ms) + " ms");
}

TEST(ClientAgainstSilence, notices_half_a_frame_and_then_nothing_by_its_pings) {
    berth_client_options options = default_client_options();
    options.ping_interval_ms = 50;
    options.pong_timeout_ms = 50;

    const berth_client_end end = after(
        [](Peer& peer) {
            peer.send(std::string_view{"\x81\x7E\xFF", 3});
            EXPECT_EQ(peer.frame().opcode, opcode::ping);
            peer.ended();
        },
        options);

    EXPECT_EQ(shown(end), "1006  error " + std::to_string(BERTH_CLIENT_LOST));
    EXPECT_THAT(end.error.text, EndsWith(": the server has not answered a ping for 50 ms"));
}

TEST(ClientAgainstLoss, knows_a_connection_that_ended_without_a_close_frame) {
    const berth_client_end end = after([](Peer& peer) { peer.send(std::string_view{"\x81\x05he", 4}); });

    EXPECT_EQ(shown(end), "1006  error " + std::to_string(BERTH_CLIENT_LOST));
    EXPECT_THAT(end.error.text, EndsWith(": the server ended the connection without a close frame"));
}

TEST(ClientAgainstLoss, knows_a_reset_in_the_middle) {
    const berth_client_end end = after([](Peer& peer) {
        peer.send(std::string_view{"\x81\x05he", 4});
        peer.reset();
    });

    EXPECT_EQ(shown(end), "1006  error " + std::to_string(BERTH_CLIENT_LOST));
}

TEST(ClientAgainstLoss, knows_a_reset_in_the_handshake) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.head();
        peer.send("HTTP/1.1 101");
        peer.reset();
    }};

    const Attempt attempt = connect_url(server.url());

    EXPECT_FALSE(attempt.connection);
    EXPECT_EQ(attempt.error.status, BERTH_CLIENT_LOST) << attempt.error.text;
}

TEST(ClientAgainstLoss, knows_a_server_that_goes_instead_of_answering) {
    ScriptedServer server{[](Peer& peer, int) { peer.head(); }};

    const Attempt attempt = connect_url(server.url());

    EXPECT_EQ(attempt.error.text,
              server.url() + ": the server ended the connection without an answer to the handshake");
}

TEST(ClientAgainstWrongAnswers, refuses_a_wrong_accept_key) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.head();
        peer.send(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
        peer.ended();
    }};

    const Attempt attempt = connect_url(server.url());

    EXPECT_EQ(attempt.error.status, BERTH_CLIENT_PROTOCOL);
    EXPECT_THAT(attempt.error.text, HasSubstr("Sec-WebSocket-Accept that does not answer the key"));
}

TEST(ClientAgainstWrongAnswers, refuses_what_it_did_not_ask_for) {
    for (const char* line :
         {"Sec-WebSocket-Protocol: surprise\r\n", "Sec-WebSocket-Extensions: permessage-deflate\r\n"}) {
        ScriptedServer server{[&](Peer& peer, int) {
            peer.accept(line);
            peer.ended();
        }};
        const Attempt attempt = connect_url(server.url());
        EXPECT_EQ(attempt.error.status, BERTH_CLIENT_PROTOCOL) << attempt.error.text;
        EXPECT_THAT(attempt.error.text, HasSubstr("not asked for"));
    }
}

TEST(ClientAgainstWrongAnswers, bounds_the_head) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.offer("HTTP/1.1 101 Switching Protocols\r\n");
        while (peer.offer("X-More: " + std::string(1000, 'x') + "\r\n")) {
        }
    }};

    EXPECT_EQ(connect_url(server.url()).error.status, BERTH_CLIENT_PROTOCOL);
}

TEST(ClientAgainstWrongAnswers, tells_what_a_refusal_says) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.head();
        peer.send(
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nContent-Length: 16\r\n\r\nproject "
            "blocked\n");
        peer.ended();
    }};

    const Attempt attempt = connect_url(server.url());

    EXPECT_EQ(attempt.error.status, BERTH_CLIENT_REFUSED);
    EXPECT_EQ(attempt.error.http_status, 503);
    EXPECT_EQ(attempt.error.retry_after_ms, 30000);
    EXPECT_EQ(attempt.error.text,
              server.url() + ": the server answered 503 Service Unavailable: project blocked");
}

TEST(ClientAgainstWrongAnswers, does_not_wait_for_the_sentence_of_a_refusal_beyond_its_limit) {
    ScriptedServer server{[](Peer& peer, int) {
        peer.head();
        peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 16\r\n\r\n");
        peer.ended();
    }};

    berth_client_options options = default_client_options();
    options.connect_timeout_ms = 1000 * patience;  // The head must come within it.

    EXPECT_EQ(connect_url(server.url(), options).error.http_status, 404);
}

TEST(ClientAgainstWrongFrames, refuses_masked_frames) {
    const berth_client_end end = after_wrong_bytes(encode(Frame{opcode::text, "masked"}), 1002);

    EXPECT_EQ(shown(end), "1002  error " + std::to_string(BERTH_CLIENT_PROTOCOL));
    EXPECT_THAT(end.error.text, HasSubstr("mask"));
}

TEST(ClientAgainstWrongFrames, refuses_reserved_bits_and_opcodes) {
    after_wrong_bytes(encode(Frame{.payload = "x", .rsv = 4}, {.masked = false}), 1002);
    after_wrong_bytes(encode(Frame{.opcode = 3, .payload = "x"}, {.masked = false}), 1002);
    after_wrong_bytes(encode(Frame{.opcode = 11, .payload = "x"}, {.masked = false}), 1002);
}

TEST(ClientAgainstWrongFrames, refuses_bad_utf8) {
    const berth_client_end end =
        after_wrong_bytes(encode(Frame{opcode::text, "\xC0\xAF"}, {.masked = false}), 1007);

    EXPECT_EQ(shown(end), "1007  error " + std::to_string(BERTH_CLIENT_PROTOCOL));
}

TEST(ClientAgainstWrongFrames, refuses_a_huge_frame_at_its_header) {
    for (const std::uint64_t announced : {std::uint64_t{1} << 40, (std::uint64_t{1} << 63) - 1}) {
        const std::string header =
            encode(Frame{opcode::binary, ""},
                   {.masked = false, .form = LengthForm::eight_bytes, .announced = announced});
        EXPECT_EQ(shown(after_wrong_bytes(header, 1009)),
                  "1009  error " + std::to_string(BERTH_CLIENT_PROTOCOL));
    }
}

TEST(ClientAgainstWrongFrames, refuses_lengths_and_closes_that_no_peer_may_send) {
    after_wrong_bytes(encode(Frame{opcode::text, "x"}, {.masked = false, .form = LengthForm::two_bytes}),
                      1002);
    after_wrong_bytes(encode(Frame{opcode::close, "x"}, {.masked = false}), 1002);
    after_wrong_bytes(encode(Frame{opcode::close, close_payload(1006)}, {.masked = false}), 1002);
    after_wrong_bytes(encode(Frame{opcode::ping, std::string(126, 'x')}, {.masked = false}), 1002);
}

TEST(ClientAgainstFloods, answers_pings_only_as_far_as_the_answers_are_taken) {
    const berth_client_end end = after([](Peer& peer) {
        const std::string ping = encode(Frame{opcode::ping, std::string(125, 'x')}, {.masked = false});
        std::string pings;
        for (int i = 0; i < 1000; ++i) pings += ping;
        // Nobody reads the pongs; sooner or later the client reads no more pings. The bound is what the
        // buffers of both systems can hold, many times over.
        std::size_t sent = 0;
        while (sent < (std::size_t{256} << 20) && peer.offer(pings, Deadline{std::chrono::milliseconds{500}}))
            sent += pings.size();
        EXPECT_LT(sent, std::size_t{256} << 20);
        peer.reset();
    });

    EXPECT_EQ(end.code, 1006);
}

}  // namespace
