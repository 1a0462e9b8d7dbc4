// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "unit/wire/http_reading.hpp"
#include "wire/handshake.hpp"

namespace berth::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";  // RFC 6455 §1.3

/// A request with the fields of a handshake, of which one may be replaced (or left out: nullopt), and more
/// lines.
struct Fields {
    std::optional<std::string> upgrade = "websocket";
    std::optional<std::string> connection = "Upgrade";
    std::optional<std::string> version = "13";
    std::optional<std::string> key_value = std::string{key};
    std::string more = {};
};

std::string request(const Fields& fields = {}) {
    std::string text = "GET /chat HTTP/1.1\r\nHost: example.com\r\n";
    const auto line = [&text](const char* name, const std::optional<std::string>& value) {
        if (value) text += std::string{name} + ": " + *value + "\r\n";
    };
    line("Upgrade", fields.upgrade);
    line("Connection", fields.connection);
    line("Sec-WebSocket-Version", fields.version);
    line("Sec-WebSocket-Key", fields.key_value);
    return text + fields.more + "\r\n";
}

/// "accepted", or the status and sentence of the refusal.
std::string verdict(const Fields& fields) {
    RequestReader reader;
    feed_head(reader, request(fields));
    EXPECT_EQ(reader.state(), ReadState::complete) << reader.error().sentence;
    const auto upgrade = read_upgrade(reader.request());
    return upgrade ? "accepted"
                   : std::to_string(upgrade.error().status) + " " + std::string{upgrade.error().sentence};
}

TEST(Handshake, computes_the_accept_key_of_the_rfc) {
    const AcceptKey accept = accept_key(key);
    EXPECT_EQ(std::string_view(accept.data(), accept.size()), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(Handshake, gives_key_origin_subprotocols_and_extensions) {
    RequestReader reader;
    feed_head(reader,
              request({.more = "Origin: https://example.com\r\n"
                               "Sec-WebSocket-Protocol: chat.v2, chat.v1\r\n"
                               "Sec-WebSocket-Protocol: mqtt\r\n"
                               "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"}));
    const auto upgrade = read_upgrade(reader.request());

    ASSERT_TRUE(upgrade);
    EXPECT_EQ(upgrade->key, key);
    EXPECT_EQ(upgrade->origin, "https://example.com");
    EXPECT_THAT(upgrade->subprotocols, ElementsAre("chat.v2", "chat.v1", "mqtt"));
    ASSERT_EQ(upgrade->extensions.size(), 1u);
    EXPECT_EQ(upgrade->extensions[0].name, "permessage-deflate");
}

TEST(Handshake, needs_neither_origin_nor_subprotocol) {
    RequestReader reader;
    feed_head(reader, request());
    const auto upgrade = read_upgrade(reader.request());

    ASSERT_TRUE(upgrade);
    EXPECT_EQ(upgrade->origin, std::nullopt);
    EXPECT_THAT(upgrade->subprotocols, IsEmpty());
}

TEST(Handshake, refuses_lists_that_contradict_themselves) {
    const std::string other = "400 Upgrade to another protocol, too (RFC 7230 §6.7)";
    EXPECT_EQ(verdict({.upgrade = "h2c, websocket"}), other);
    EXPECT_EQ(verdict({.more = "Upgrade: h2c\r\n"}), other);
    const std::string close = "400 Connection that names Upgrade and close (RFC 7230 §6.1)";
    EXPECT_EQ(verdict({.connection = "Upgrade, Close"}), close);
    EXPECT_EQ(verdict({.more = "Connection: close\r\n"}), close);
}

TEST(Handshake, finds_its_words_in_lists_and_in_any_case) {
    EXPECT_EQ(verdict({.upgrade = "WebSocket", .connection = "keep-alive, UPGRADE"}), "accepted");
    EXPECT_EQ(verdict({.upgrade = "websocket, WebSocket", .more = "Connection: keep-alive\r\n"}), "accepted");
    EXPECT_EQ(verdict({.more = "Upgrade: websocket\r\n"}), "accepted");
}

TEST(Handshake, answers_426_to_a_request_that_asks_for_no_websocket) {
    const std::string expected = "426 this address speaks WebSocket only (RFC 6455 §4.2.1)";
    EXPECT_EQ(verdict({.upgrade = {}, .connection = {}, .version = {}, .key_value = {}}), expected)
        << "a plain GET";
    EXPECT_EQ(verdict({.upgrade = "h2c"}), expected);
    EXPECT_EQ(verdict({.upgrade = "foo"}), expected);
    EXPECT_EQ(verdict({.upgrade = ""}), expected);
    EXPECT_EQ(verdict({.upgrade = "websockets"}), expected);
    EXPECT_EQ(verdict({.upgrade = "websocket/13"}), expected);
}

TEST(Handshake, demands_that_connection_names_upgrade) {
    const std::string expected = "400 Connection that does not name Upgrade (RFC 6455 §4.2.1)";
    EXPECT_EQ(verdict({.connection = {}}), expected);
    EXPECT_EQ(verdict({.connection = "keep-alive"}), expected);
    EXPECT_EQ(verdict({.connection = "upgraded"}), expected);
}

TEST(Handshake, answers_426_to_every_version_but_13) {
    const std::string expected = "426 Sec-WebSocket-Version other than 13 (RFC 6455 §4.4)";
    for (const char* version : {"8", "7", "0", "99", "013", "13, 8", "", "13.0", "+13"})
        EXPECT_EQ(verdict({.version = version}), expected) << version;
    EXPECT_EQ(verdict({.version = {}}), expected);
    EXPECT_EQ(verdict({.more = "Sec-WebSocket-Version: 13\r\n"}), expected) << "twice";
}

TEST(Handshake, demands_exactly_one_key_of_16_bytes) {
    const std::string not_one = "400 not exactly one Sec-WebSocket-Key (RFC 6455 §11.3.1)";
    EXPECT_EQ(verdict({.key_value = {}}), not_one);
    EXPECT_EQ(verdict({.more = "sec-websocket-key: " + std::string{key} + "\r\n"}), not_one);
    for (const char* bad :
         {"", "abc", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ===",
          "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25jZQAA",
          "dGhlIHNhbXBsZSBub25j-Q==", "dGhlIHNhbXBs SBub25jZQ==", "MTIzNDU2Nzg5MDEyMzQ1",
          "MTIzNDU2Nzg5MDEyMzQ1Njc="}) {
        EXPECT_EQ(verdict({.key_value = bad}),
                  "400 Sec-WebSocket-Key that is not the Base64 of 16 bytes (RFC 6455 §4.2.1)")
            << bad;
    }
}

TEST(Handshake, refuses_a_second_origin) {
    EXPECT_EQ(verdict({.more = "Origin: null\r\n"}), "accepted")
        << "whether to let it in is the door's business";
    EXPECT_EQ(verdict({.more = "Origin: http://a\r\norigin: http://b\r\n"}),
              "400 more than one Origin (RFC 6454 §7.3)");
    EXPECT_EQ(verdict({.more = "Origin: http://a\r\nOrigin: http://a\r\n"}),
              "400 more than one Origin (RFC 6454 §7.3)");
}

TEST(Handshake, refuses_malformed_repeated_and_too_many_subprotocols) {
    const auto offering = [](const std::string& list) {
        return verdict({.more = "Sec-WebSocket-Protocol: " + list + "\r\n"});
    };
    EXPECT_EQ(offering("a,,b,"), "accepted");
    EXPECT_EQ(offering("a, A"), "accepted") << "names are compared exactly";
    EXPECT_EQ(offering(""), "400 Sec-WebSocket-Protocol without a sub-protocol (RFC 6455 §11.3.4)");
    EXPECT_EQ(offering(" , "), "400 Sec-WebSocket-Protocol without a sub-protocol (RFC 6455 §11.3.4)");
    EXPECT_EQ(offering("a b"), "400 sub-protocol that is not a token (RFC 6455 §4.1)");
    EXPECT_EQ(offering("a/b"), "400 sub-protocol that is not a token (RFC 6455 §4.1)");
    EXPECT_EQ(offering("a, b, a"), "400 sub-protocol offered twice (RFC 6455 §4.1)");
    EXPECT_EQ(offering("a\r\nSec-WebSocket-Protocol: a"), "400 sub-protocol offered twice (RFC 6455 §4.1)");
    std::string many = "p1";
    for (std::size_t i = 2; i <= subprotocols_max; ++i) many += ",p" + std::to_string(i);
    EXPECT_EQ(offering(many), "accepted");
    EXPECT_EQ(offering(many + ",more"), "400 more sub-protocols than allowed");
}

TEST(Handshake, refuses_malformed_extensions) {
    EXPECT_EQ(verdict({.more = "Sec-WebSocket-Extensions: a;\r\n"}),
              "400 malformed Sec-WebSocket-Extensions (RFC 6455 §9.1)");
}

TEST(Handshake, writes_the_switch_of_protocols) {
    std::string bytes = "x";
    append_switching_protocols(bytes, key, "");
    EXPECT_EQ(bytes,
              "xHTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");

    bytes.clear();
    append_switching_protocols(bytes, key, "chat.v1");
    EXPECT_EQ(
        bytes,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat.v1\r\n\r\n");

    bytes.clear();
    append_switching_protocols(bytes, key, "", "permessage-deflate; server_no_context_takeover");
    EXPECT_EQ(bytes,
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
              "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n");
}

TEST(HandshakeDeathTest, never_writes_a_subprotocol_that_would_end_the_line) {
    std::string bytes;
    EXPECT_DEATH(append_switching_protocols(bytes, key, "a\r\nX: y"), "a sub-protocol is a token");
}

}  // namespace
}  // namespace berth::wire
