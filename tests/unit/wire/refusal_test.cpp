// SPDX-License-Identifier: MIT
#include "wire/refusal.hpp"

#include <gtest/gtest.h>

#include "unit/wire/http_reading.hpp"

namespace berth::wire {
namespace {

std::string written(const Refusal& refusal) {
    std::string bytes;
    append_refusal(bytes, refusal);
    return bytes;
}

TEST(Refusal, says_status_sentence_and_that_the_connection_ends) {
    EXPECT_EQ(written({.status = 404, .sentence = "no such project"}),
              "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Type: text/plain; "
              "charset=utf-8\r\nContent-Length: 16\r\n"
              "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\nno such project\n");
}

TEST(Refusal, adds_what_the_status_demands) {
    EXPECT_EQ(written({.status = 405}),
              "HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nAllow: GET\r\nContent-Length: 0\r\n"
              "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n");
    EXPECT_EQ(written({.status = 426}),
              "HTTP/1.1 426 Upgrade Required\r\nConnection: close, Upgrade\r\nUpgrade: "
              "websocket\r\nSec-WebSocket-Version: 13\r\n"
              "Content-Length: 0\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n");
    EXPECT_EQ(
        written({.status = 401}),
        "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n");
    EXPECT_EQ(
        written({.status = 503, .retry_after_s = 5}),
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n");
}

TEST(Refusal, is_a_response_that_our_own_reader_accepts_for_every_status) {
    for (std::uint16_t status = 400; status <= 599; ++status) {
        const std::string bytes = written({.status = status, .sentence = "x", .retry_after_s = 1});
        ResponseReader reader;
        ASSERT_EQ(feed_head(reader, bytes), bytes.size() - 2);
        ASSERT_EQ(reader.state(), ReadState::complete);
        ASSERT_EQ(reader.response().status, status);
        ASSERT_EQ(reader.response().reason, reason_phrase(status));
    }
}

TEST(Refusal, knows_a_phrase_for_every_status) {
    EXPECT_EQ(reason_phrase(101), "Switching Protocols");
    EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
    EXPECT_EQ(reason_phrase(199), "Informational");
    EXPECT_EQ(reason_phrase(299), "Successful");
    EXPECT_EQ(reason_phrase(399), "Redirection");
    EXPECT_EQ(reason_phrase(499), "Client Error");
    EXPECT_EQ(reason_phrase(599), "Server Error");
}

TEST(RefusalDeathTest, is_never_a_success) {
    std::string bytes;
    EXPECT_DEATH(append_refusal(bytes, {.status = 200}), "a status of 400 to 599");
    EXPECT_DEATH(append_refusal(bytes, {.status = 600}), "a status of 400 to 599");
}

}  // namespace
}  // namespace berth::wire
