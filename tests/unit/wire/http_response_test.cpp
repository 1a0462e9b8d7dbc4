// SPDX-License-Identifier: MIT
#include "wire/http_response.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/wire/http_reading.hpp"

namespace berth::wire {
namespace {

using namespace std::string_literals;

const std::string good = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX:1\r\nx: 2\r\n\r\n";

std::string refusal(std::string_view bytes, HeadLimits limits = {}) {
    const std::string text = response_of(bytes, limits);
    return text.substr(0, text.rfind(" after "));
}

TEST(HttpResponse, gives_status_reason_and_headers) {
    EXPECT_EQ(
        response_of(good + "frames"),
        "101 1.1 Switching Protocols after " + std::to_string(good.size()) + "\nUpgrade=websocket\nX=1\nx=2");
    EXPECT_EQ(response_of("HTTP/1.1 503 \r\n\r\n"), "503 1.1  after 17");
    EXPECT_EQ(response_of("HTTP/1.0 502 Bad \xFF Gateway\r\n\r\n"), "502 1.0 Bad \xFF Gateway after 30");
}

TEST(HttpResponse, reads_the_same_wherever_it_is_cut) {
    for (const std::string& bytes :
         {good + "tail", "HTTP/1.1 1x1 \r\n"s, "HTTP/1.1 200 a\x01\r\n"s, "HTTP/1.1 200 OK\r\nA b\r\n"s}) {
        const std::string whole = response_of(bytes);
        for (std::size_t piece = 1; piece < bytes.size(); ++piece)
            ASSERT_EQ(response_of(bytes, {}, piece), whole) << piece;
    }
}

TEST(HttpResponse, is_still_reading_after_every_beginning_of_a_good_head) {
    for (std::size_t size = 0; size < good.size(); ++size) {
        ASSERT_EQ(response_of(std::string_view{good}.substr(0, size)), "reading") << size;
    }
}

TEST(HttpResponse, refuses_malformed_status_lines) {
    for (const std::string& line :
         {"HTTP/2.0 101 x"s, "http/1.1 101 x"s, "HTTP/1.1  101 x"s, "HTTP/1.1 10 x"s, "HTTP/1.1 1010 x"s,
          "HTTP/1.1 101"s, "HTTP/1.x 101 x"s, " HTTP/1.1 101 x"s, "SSH-2.0-OpenSSH"s, "\x16\x03\x01"s}) {
        EXPECT_EQ(refusal(line + "\r\n\r\n"), "refused not the beginning of an HTTP/1 response (RFC 9112 §4)")
            << line;
    }
    EXPECT_EQ(refusal("HTTP/1.1 101 a\x01\r\n"),
              "refused control character in the status line (RFC 9112 §4)");
    EXPECT_EQ(refusal("HTTP/1.1 101 a\n"), "refused control character in the status line (RFC 9112 §4)");
    EXPECT_EQ(refusal("HTTP/1.1 101 a\rb"), "refused carriage return without a line feed (RFC 9112 §2.2)");
    EXPECT_EQ(refusal("HTTP/1.1 099 x\r\n\r\n"), "refused status outside of 100 to 599 (RFC 9110 §15)");
    EXPECT_EQ(refusal("HTTP/1.1 600 x\r\n\r\n"), "refused status outside of 100 to 599 (RFC 9110 §15)");
}

TEST(HttpResponse, is_as_strict_with_headers_as_for_requests) {
    const std::string line = "HTTP/1.1 101 x\r\n";
    EXPECT_EQ(refusal(line + " a: b\r\n"), "refused folded header line (RFC 9112 §5.2)");
    EXPECT_EQ(refusal(line + "a : b\r\n"), "refused blank in a header's name (RFC 9112 §5.1)");
    EXPECT_EQ(refusal(line + "a: b\n"), "refused line feed without a carriage return (RFC 9112 §2.2)");
    EXPECT_EQ(refusal(line + "a: \0\r\n"s), "refused control character in a header's value (RFC 9110 §5.5)");
}

TEST(HttpResponse, bounds_the_head_and_the_number_of_headers) {
    const HeadLimits limits{.head_bytes_max = 60, .headers_max = 2};
    EXPECT_EQ(refusal("HTTP/1.1 101 " + std::string(100, 'x'), limits),
              "refused head of more bytes than allowed");
    EXPECT_EQ(refusal("HTTP/1.1 101 x\r\na:1\r\nb:2\r\nc:3\r\n\r\n", limits),
              "refused more headers than allowed");
}

}  // namespace
}  // namespace berth::wire
