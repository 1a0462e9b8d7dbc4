// SPDX-License-Identifier: MIT
#include "client/opening.hpp"

#include <gtest/gtest.h>

namespace berth::client::inner {
namespace {

class ClientOpening : public testing::Test {
protected:
    Settings settings = [] {
        Settings made = *read_settings(nullptr);
        made.subprotocols = {"chat.v2", "chat.v1"};
        made.headers = {{"Cookie", "a=b"}, {"Cookie", "c=d"}};
        made.origin = "https://example.org";
        return made;
    }();
    Random random;
    Opening opening{settings, *read_url("ws://example.org:81/chat?x=1"), random};

    [[nodiscard]] std::string key() const {
        const std::string name = "Sec-WebSocket-Key: ";
        const std::size_t at = opening.request().find(name) + name.size();
        return opening.request().substr(at, 24);
    }
    [[nodiscard]] std::string agreement(const std::string& more = {}) const {
        const wire::AcceptKey accept = wire::accept_key(key());
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Accept: " +
               std::string{accept.data(), accept.size()} + "\r\n" + more + "\r\n";
    }
    [[nodiscard]] std::string failure() const { return opening.failure() ? opening.failure()->text : "none"; }
};

TEST_F(ClientOpening, asks_for_what_the_settings_say) {
    const std::string& request = opening.request();

    EXPECT_TRUE(request.starts_with("GET /chat?x=1 HTTP/1.1\r\nHost: example.org:81\r\n")) << request;
    for (const char* line :
         {"\r\nOrigin: https://example.org\r\n", "\r\nSec-WebSocket-Protocol: chat.v2, chat.v1\r\n",
          "\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n"}) {
        EXPECT_NE(request.find(line), std::string::npos) << line << " in " << request;
    }
}

TEST_F(ClientOpening, has_a_key_of_its_own_each_time) {
    const Opening another{settings, *read_url("ws://example.org:81/chat?x=1"), random};

    EXPECT_NE(another.request(), opening.request());
}

TEST_F(ClientOpening, leaves_the_first_frames_alone) {
    const std::string answer = agreement("Sec-WebSocket-Protocol: chat.v1\r\n");

    EXPECT_EQ(opening.feed(answer + "\x81\x02hi"), answer.size());

    EXPECT_TRUE(opening.is_agreed());
    EXPECT_EQ(opening.subprotocol(), "chat.v1");
    EXPECT_EQ(failure(), "none");
}

TEST_F(ClientOpening, skips_interim_answers) {
    const std::string answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
                               agreement("Sec-WebSocket-Protocol: chat.v1\r\n");

    EXPECT_EQ(opening.feed(answer + "\x81\x02hi"), answer.size());

    EXPECT_TRUE(opening.is_agreed()) << failure();
    EXPECT_EQ(opening.subprotocol(), "chat.v1");
}

TEST_F(ClientOpening, does_not_wait_for_ever_behind_interim_answers) {
    for (int i = 0; i < 9; ++i) opening.feed("HTTP/1.1 100 Continue\r\n\r\n");

    ASSERT_TRUE(opening.is_settled());
    EXPECT_EQ(opening.failure()->status, BERTH_CLIENT_PROTOCOL);
    EXPECT_EQ(failure(),
              "the answer to the handshake: more than 8 interim answers before it (RFC 9110 §15.2)");
}

TEST_F(ClientOpening, takes_an_answer_byte_by_byte) {
    for (const char byte : agreement()) {
        ASSERT_FALSE(opening.is_settled());
        ASSERT_EQ(opening.feed({&byte, 1}), 1u);
    }

    EXPECT_TRUE(opening.is_agreed());
}

TEST_F(ClientOpening, refuses_a_wrong_accept_key) {
    opening.feed(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");

    EXPECT_EQ(opening.failure()->status, BERTH_CLIENT_PROTOCOL);
    EXPECT_EQ(
        failure(),
        "the answer to the handshake: Sec-WebSocket-Accept that does not answer the key (RFC 6455 §4.1)");
}

TEST_F(ClientOpening, bounds_the_answer) {
    opening.feed("HTTP/1.1 101 Switching Protocols\r\nX: " + std::string(20000, 'x'));

    ASSERT_TRUE(opening.is_settled());
    EXPECT_EQ(opening.failure()->status, BERTH_CLIENT_PROTOCOL);
}

TEST_F(ClientOpening, tells_status_sentence_and_when_to_come_back) {
    opening.feed("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nContent-Length: 9\r\n\r\nbloc");
    EXPECT_FALSE(opening.is_settled());
    ASSERT_TRUE(opening.failure()) << "a refusal is one before its body has come";

    opening.feed("ked.\n");

    EXPECT_TRUE(opening.is_settled());
    EXPECT_EQ(failure(), "the server answered 503 Service Unavailable: blocked.");
    EXPECT_EQ(opening.failure()->status, BERTH_CLIENT_REFUSED);
    EXPECT_EQ(opening.failure()->http_status, 503);
    EXPECT_EQ(opening.failure()->retry_after, std::chrono::seconds{30});
}

TEST_F(ClientOpening, does_not_show_a_body_that_is_no_sentence) {
    opening.feed("HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>");

    EXPECT_EQ(failure(), "the server answered 404 Not Found");
}

TEST_F(ClientOpening, does_not_wait_for_a_long_body) {
    opening.feed("HTTP/1.1 404 Not Found\r\nContent-Length: 100000\r\n\r\n");

    EXPECT_TRUE(opening.is_settled());
}

TEST_F(ClientOpening, says_when_the_server_just_went) {
    opening.feed("HTTP/1.1 101 Swit");
    opening.end();

    EXPECT_EQ(opening.failure()->status, BERTH_CLIENT_LOST);
    EXPECT_EQ(failure(), "the server ended the connection without an answer to the handshake");
}

TEST_F(ClientOpening, does_not_take_another_protocol_for_an_answer) {
    opening.feed("SSH-2.0-OpenSSH_9.2\r\n");

    EXPECT_EQ(failure(),
              "the answer to the handshake: not the beginning of an HTTP/1 response (RFC 9112 §4)");
}

}  // namespace
}  // namespace berth::client::inner
