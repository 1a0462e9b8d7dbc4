// SPDX-License-Identifier: MIT
#include "client/settings.hpp"

#include <gtest/gtest.h>

#include <array>

namespace berth::client::inner {
namespace {

std::string target(const char* host, std::uint16_t port, const char* path, bool secure = false) {
    const auto url = read_target(host, port, path, secure);
    if (!url) return "refused: " + url.error().text;
    return (url->secure ? "wss " : "ws ") + url->host + " " + std::to_string(url->port) + " " + url->target;
}

std::string problem(const berth_client_options& options) {
    const auto settings = read_settings(&options);
    return settings ? "fine" : settings.error().text;
}

TEST(Target, has_the_ports_of_the_schemes) {
    EXPECT_EQ(target("example.com", 0, "/chat"), "ws example.com 80 /chat");
    EXPECT_EQ(target("example.com", 0, "/chat", true), "wss example.com 443 /chat");
    EXPECT_EQ(target("example.com", 7681, "/chat"), "ws example.com 7681 /chat");
}

TEST(Target, takes_a_path_with_or_without_a_slash_and_its_query) {
    EXPECT_EQ(target("h", 1, "chat"), "ws h 1 /chat");
    EXPECT_EQ(target("h", 1, ""), "ws h 1 /");
    EXPECT_EQ(target("h", 1, nullptr), "ws h 1 /");
    EXPECT_EQ(target("h", 1, "chat/room?x=1&y=%20"), "ws h 1 /chat/room?x=1&y=%20");
    EXPECT_EQ(target("h", 1, "?x"), "ws h 1 /?x");
}

TEST(Target, takes_addresses_with_or_without_brackets) {
    EXPECT_EQ(target("127.0.0.1", 0, "a"), "ws 127.0.0.1 80 /a");
    EXPECT_EQ(target("::1", 9, "a"), "ws ::1 9 /a");
    EXPECT_EQ(target("[::1]", 9, "a"), "ws ::1 9 /a");
}

TEST(Target, refuses_hosts_that_are_more_than_a_host) {
    for (const char* host :
         {"", "a b", "a/b", "user@a", "a:80", "[::1]:80", "a?b", "a#b", "http://a", "[::1"}) {
        EXPECT_EQ(target(host, 0, "/"),
                  "refused: host \"" + std::string{host} + "\": neither a name nor an address");
    }
    EXPECT_EQ(target(nullptr, 0, "/"), "refused: host \"\": neither a name nor an address");
}

TEST(Target, refuses_paths_that_can_not_be_sent) {
    EXPECT_EQ(target("h", 1, "a b"),
              "refused: URL \"ws://h:1/a b\": URL with a character that must be encoded (RFC 3986 §2)");
    EXPECT_EQ(target("h", 1, "a\r\nX: y"),
              "refused: URL \"ws://h:1/a\r\nX: y\": URL with a character that must be encoded (RFC 3986 §2)");
    EXPECT_EQ(target("h", 1, "a#b"), "refused: URL \"ws://h:1/a#b\": URL with a fragment (RFC 6455 §3)");
}

TEST(Target, is_shown_without_its_query) {
    EXPECT_EQ(shown(*read_url("wss://[::1]:99/chat?token=secret")), "wss://[::1]:99/chat");
    EXPECT_EQ(read_url("http://h/?token=secret").error().text,
              "URL \"http://h/\": URL that does not begin with ws:// or wss:// (RFC 6455 §3)");
}

TEST(Options, have_usable_defaults) {
    const auto settings = read_settings(nullptr);

    ASSERT_TRUE(settings) << settings.error().text;
    EXPECT_TRUE(settings->tls.verify);
    EXPECT_TRUE(settings->tls.verify_host);
    EXPECT_FALSE(settings->reconnect.is_on);
    EXPECT_EQ(settings->connect_timeout_ms, 10000);
    EXPECT_EQ(settings->offline_bytes_max, 0u);
}

TEST(Options, that_were_not_initialised_are_refused) {
    berth_client_options options{};
    EXPECT_EQ(problem(options), "options: struct_size is too small; begin with berth_client_options_init");
}

TEST(Options, are_refused_by_name) {
    const auto with = [](auto change) {
        berth_client_options options = default_options();
        change(options);
        return problem(options);
    };

    EXPECT_EQ(with([](auto& o) { o.tls_minimum = 11; }),
              "options: tls_minimum: BERTH_CLIENT_TLS_1_2 or BERTH_CLIENT_TLS_1_3");
    EXPECT_EQ(with([](auto& o) { o.tls_key_file = "key.pem"; }),
              "options: tls_certificate_file and tls_key_file: both or neither");
    EXPECT_EQ(with([](auto& o) { o.message_bytes_max = 0; }), "options: message_bytes_max: at least 1");
    EXPECT_EQ(with([](auto& o) { o.receive_queue_bytes_max = 0; }),
              "options: receive_queue_bytes_max: at least 1");
    EXPECT_EQ(with([](auto& o) { o.receive_queue_messages_max = 0; }),
              "options: receive_queue_messages_max: at least 1");
    EXPECT_EQ(with([](auto& o) { o.send_queue_bytes_max = 0; }), "options: send_queue_bytes_max: at least 1");
    EXPECT_EQ(with([](auto& o) { o.ping_interval_ms = -1; }), "options: ping_interval_ms: 0 or more");
    EXPECT_EQ(with([](auto& o) { o.ping_interval_ms = 5, o.pong_timeout_ms = 0; }),
              "options: pong_timeout_ms: at least 1");
    EXPECT_EQ(with([](auto& o) { o.reconnect_delay_ms = -1; }), "options: reconnect_delay_ms: 0 or more");
    EXPECT_EQ(with([](auto& o) { o.reconnect_delay_ms_max = 499; }),
              "options: reconnect_delay_ms_max: at least reconnect_delay_ms");
    EXPECT_EQ(with([](auto& o) { o.subprotocol_count = 65; }), "options: subprotocol_count: at most 64");
    EXPECT_EQ(with([](auto& o) { o.subprotocol_count = 1; }), "options: subprotocols: NULL");
    EXPECT_EQ(with([](auto& o) { o.header_count = 65; }), "options: header_count: at most 64");
    EXPECT_EQ(with([](auto& o) { o.header_count = 1; }), "options: headers: NULL");
}

TEST(Options, cannot_smuggle_lines_or_replace_the_handshake) {
    const auto with = [](const char* name, const char* value) {
        const std::array<berth_client_header, 1> headers{berth_client_header{name, value}};
        berth_client_options options = default_options();
        options.headers = headers.data();
        options.header_count = headers.size();
        return problem(options);
    };

    EXPECT_EQ(with("Cookie", "a=b"), "fine");
    EXPECT_EQ(with("X", "a\r\nY: b"), "options: header whose value has a control character");
    EXPECT_EQ(with("X Y", "a"), "options: header whose name is not a token");
    EXPECT_EQ(with("Host", "a"), "options: header that the handshake sets itself");
    EXPECT_EQ(with("sec-websocket-KEY", "a"), "options: header that the handshake sets itself");
    EXPECT_EQ(with(nullptr, "a"), "options: header whose name is not a token");
}

TEST(Options, cannot_offer_a_sub_protocol_twice) {
    const std::array<const char*, 2> twice{"chat.v1", "chat.v1"};
    berth_client_options options = default_options();
    options.subprotocols = twice.data();
    options.subprotocol_count = twice.size();

    EXPECT_EQ(problem(options), "options: sub-protocol offered twice (RFC 6455 §4.1)");
}

}  // namespace
}  // namespace berth::client::inner
