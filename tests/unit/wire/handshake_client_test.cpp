// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <string>

#include "unit/wire/http_reading.hpp"
#include "wire/handshake.hpp"

namespace berth::wire {
namespace {

constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";  // RFC 6455 §1.3
constexpr std::array<std::string_view, 2> offered = {"chat.v2", "chat.v1"};

ClientRequest simple() {
    return {.authority = "example.com", .target = "/chat", .key = key};
}

std::string made(const ClientRequest& request) {
    const auto text = make_request(request);
    return text ? *text : "refused: " + std::string{text.error()};
}

/// "agreed" with the sub-protocol, or why not, for a 101 with these lines after the first.
std::string verdict(const std::string& lines,
                    const std::string& status_line = "HTTP/1.1 101 Switching Protocols") {
    ResponseReader reader;
    feed_head(reader, status_line + "\r\n" + lines + "\r\n");
    EXPECT_EQ(reader.state(), ReadState::complete) << reader.error();
    const auto agreement = check_response(reader.response(), key, offered);
    return agreement ? "agreed " + std::string{agreement->subprotocol} : std::string{agreement.error()};
}

const std::string upgrade = "Upgrade: WebSocket\r\n";
const std::string connection = "Connection: keep-alive, upgrade\r\n";
const std::string accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

TEST(ClientHandshake, encodes_the_nonce_of_the_rfc) {
    const std::string_view sample = "the sample nonce";
    std::array<std::uint8_t, 16> nonce{};
    std::copy(sample.begin(), sample.end(), nonce.begin());

    const ClientKey encoded = client_key(nonce);

    EXPECT_EQ(std::string_view(encoded.data(), encoded.size()), key);
}

TEST(ClientHandshake, makes_a_request) {
    EXPECT_EQ(made(simple()),
              "GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");

    ClientRequest request = simple();
    const std::array<Header, 2> headers = {Header{"Cookie", "a=b"}, Header{"Authorization", "Bearer x"}};
    request.origin = "https://example.com";
    request.subprotocols = offered;
    request.headers = headers;
    EXPECT_EQ(made(request),
              "GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: "
              "https://example.com\r\n"
              "Sec-WebSocket-Protocol: chat.v2, chat.v1\r\nCookie: a=b\r\nAuthorization: Bearer x\r\n\r\n");
}

TEST(ClientHandshake, is_understood_by_the_server_and_understands_its_answer) {
    ClientRequest request = simple();
    request.subprotocols = offered;
    const std::string text = made(request);
    RequestReader server;
    ASSERT_EQ(server.feed(text), text.size());
    const auto asked = read_upgrade(server.request());
    ASSERT_TRUE(asked);

    std::string answer;
    append_switching_protocols(answer, asked->key, asked->subprotocols.back());
    ResponseReader client;
    ASSERT_EQ(client.feed(answer), answer.size());
    const auto agreement = check_response(client.response(), key, offered);

    ASSERT_TRUE(agreement) << agreement.error();
    EXPECT_EQ(agreement->subprotocol, "chat.v1");
}

TEST(ClientHandshake, makes_no_request_from_parts_that_can_not_be_sent) {
    const auto with = [](auto change) {
        ClientRequest request = simple();
        change(request);
        return made(request);
    };
    EXPECT_EQ(with([](auto& r) { r.authority = "a\r\nX: y"; }),
              "refused: authority that is no name or address");
    EXPECT_EQ(with([](auto& r) { r.authority = ""; }), "refused: authority that is no name or address");
    for (const std::string_view target : {"", "chat", "/a b", "/a\r\n", "/#x", "/\xC3\xA9"}) {
        EXPECT_EQ(with([&](auto& r) { r.target = target; }),
                  "refused: target that is not a path, or has a character that must be encoded");
    }
    EXPECT_EQ(with([](auto& r) { r.key = "short"; }), "refused: key that is not the Base64 of 16 bytes");
    EXPECT_EQ(with([](auto& r) { r.origin = "a\nb"; }), "refused: origin with a control character");

    const std::array<std::string_view, 2> twice = {"a", "a"};
    const std::array<std::string_view, 1> blank = {"a b"};
    EXPECT_EQ(with([&](auto& r) { r.subprotocols = twice; }),
              "refused: sub-protocol offered twice (RFC 6455 §4.1)");
    EXPECT_EQ(with([&](auto& r) { r.subprotocols = blank; }),
              "refused: sub-protocol that is not a token (RFC 6455 §4.1)");

    const auto with_header = [&](Header header) {
        return with([&](auto& r) { r.headers = std::span{&header, 1}; });
    };
    EXPECT_EQ(with_header({"A B", "x"}), "refused: header whose name is not a token");
    EXPECT_EQ(with_header({"A", "x\r\nB: y"}), "refused: header whose value has a control character");
    for (const std::string_view name :
         {"host", "Upgrade", "CONNECTION", "Content-Length", "Transfer-Encoding", "Origin",
          "Sec-WebSocket-Key", "sec-websocket-anything"}) {
        EXPECT_EQ(with_header({name, "x"}), "refused: header that the handshake sets itself") << name;
    }
}

TEST(ClientHandshake, agrees_to_a_right_answer) {
    EXPECT_EQ(verdict(upgrade + connection + accept), "agreed ");
    EXPECT_EQ(verdict(upgrade + connection + accept + "Sec-WebSocket-Protocol: chat.v1\r\n"),
              "agreed chat.v1");
}

TEST(ClientHandshake, offers_compression_and_agrees_to_what_the_server_takes_of_it) {
    ClientRequest request = simple();
    const std::string offer = deflate_offer({});
    request.extensions = offer;
    EXPECT_NE(made(request).find("\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"),
              std::string::npos);
    request.extensions = "a\r\nX: y";
    EXPECT_EQ(made(request), "refused: extensions with a control character");

    const auto agreed = [](const std::string& line) {
        ResponseReader reader;
        feed_head(reader, "HTTP/1.1 101 Switching Protocols\r\n" + upgrade + connection + accept + line + "\r\n");
        const auto agreement = check_response(reader.response(), key, offered, DeflateParameters{});
        if (!agreement) return std::string{agreement.error()};
        return agreement->deflate ? std::to_string(agreement->deflate->server_window_bits) : "plain";
    };
    EXPECT_EQ(agreed(""), "plain");
    EXPECT_EQ(agreed("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\r\n"), "10");
    EXPECT_EQ(agreed("Sec-WebSocket-Extensions: permessage-deflate; x\r\n"),
              "permessage-deflate with a parameter that it may not have (RFC 7692 §7.1)");
    EXPECT_EQ(agreed("Sec-WebSocket-Extensions: ;\r\n"), "malformed Sec-WebSocket-Extensions (RFC 6455 §9.1)");
    EXPECT_EQ(agreed("Sec-WebSocket-Extensions: other\r\n"), "extension that was not asked for (RFC 6455 §4.1)");
}

TEST(ClientHandshake, refuses_every_other_status_and_version) {
    EXPECT_EQ(verdict(upgrade + connection + accept, "HTTP/1.1 200 OK"),
              "the server did not switch protocols (RFC 6455 §4.1)");
    EXPECT_EQ(verdict("", "HTTP/1.0 403 Forbidden"), "the server did not switch protocols (RFC 6455 §4.1)");
    EXPECT_EQ(verdict(upgrade + connection + accept, "HTTP/1.0 101 x"),
              "HTTP version other than 1.1 (RFC 6455 §4.2.2)");
}

TEST(ClientHandshake, refuses_answers_without_the_words_of_the_upgrade) {
    EXPECT_EQ(verdict(connection + accept), "Upgrade other than websocket (RFC 6455 §4.1)");
    EXPECT_EQ(verdict("Upgrade: h2c\r\n" + connection + accept),
              "Upgrade other than websocket (RFC 6455 §4.1)");
    EXPECT_EQ(verdict("Upgrade: websocket, h2c\r\n" + connection + accept),
              "Upgrade other than websocket (RFC 6455 §4.1)");
    EXPECT_EQ(verdict(upgrade + accept), "Connection that does not name Upgrade (RFC 6455 §4.1)");
    EXPECT_EQ(verdict(upgrade + "Connection: close\r\n" + accept),
              "Connection that does not name Upgrade (RFC 6455 §4.1)");
}

TEST(ClientHandshake, refuses_answers_to_another_key) {
    const std::string expected = "Sec-WebSocket-Accept that does not answer the key (RFC 6455 §4.1)";
    EXPECT_EQ(verdict(upgrade + connection), expected);
    EXPECT_EQ(verdict(upgrade + connection + accept + accept), expected);
    EXPECT_EQ(verdict(upgrade + connection + "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
              expected)
        << "case counts";
}

TEST(ClientHandshake, refuses_extensions_and_subprotocols_that_were_not_asked_for) {
    const std::string right = upgrade + connection + accept;
    EXPECT_EQ(verdict(right + "Sec-WebSocket-Extensions: permessage-deflate\r\n"),
              "extension that was not asked for (RFC 6455 §4.1)");
    EXPECT_EQ(verdict(right + "Sec-WebSocket-Protocol: other\r\n"),
              "sub-protocol that was not asked for (RFC 6455 §4.1)");
    EXPECT_EQ(verdict(right + "Sec-WebSocket-Protocol: Chat.v1\r\n"),
              "sub-protocol that was not asked for (RFC 6455 §4.1)");
    EXPECT_EQ(verdict(right + "Sec-WebSocket-Protocol: chat.v1, chat.v2\r\n"),
              "sub-protocol that was not asked for (RFC 6455 §4.1)");
    EXPECT_EQ(verdict(right + "Sec-WebSocket-Protocol: \r\n"),
              "sub-protocol that was not asked for (RFC 6455 §4.1)");
    EXPECT_EQ(verdict(right + "Sec-WebSocket-Protocol: chat.v1\r\nSec-WebSocket-Protocol: chat.v1\r\n"),
              "more than one Sec-WebSocket-Protocol (RFC 6455 §11.3.4)");
}

}  // namespace
}  // namespace berth::wire
