// SPDX-License-Identifier: MIT
#include "wire/http_request.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/wire/http_reading.hpp"

namespace berth::wire {
namespace {

using namespace std::string_literals;

const std::string good =
    "GET /chat/room?name=ana&x=1 HTTP/1.1\r\nHost: example.com:7681\r\nX-A:1\r\nx-a: \t2 3\t "
    "\r\nEmpty:\r\n\r\n";

std::string with_target(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
}
std::string with_line(const std::string& line) {
    return "GET / HTTP/1.1\r\nHost: h\r\n" + line + "\r\n\r\n";
}

constexpr std::string_view bare_feed = "refused 400 line feed without a carriage return (RFC 9112 §2.2)";
constexpr std::string_view bare_return = "refused 400 carriage return without a line feed (RFC 9112 §2.2)";
constexpr std::string_view no_request = "refused 400 not the beginning of an HTTP request (RFC 9112 §3)";
constexpr std::string_view no_path = "refused 400 request target that is not a path (RFC 9112 §3.2)";

TEST(HttpRequest, gives_target_host_and_headers_in_order_with_repeats) {
    EXPECT_EQ(request_of(good),
              "/chat/room?name=ana&x=1 path /chat/room query name=ana&x=1 host example.com:7681 after " +
                  std::to_string(good.size()) + "\nHost=example.com:7681\nX-A=1\nx-a=2 3\nEmpty=");
}

TEST(HttpRequest, says_which_bytes_came_after_the_head) {
    RequestReader reader;
    EXPECT_EQ(reader.feed(good + "frames"), good.size());
    EXPECT_EQ(reader.state(), ReadState::complete);
    EXPECT_EQ(reader.feed("more"), 0u);
}

TEST(HttpRequest, reads_the_same_wherever_it_is_cut) {
    for (const std::string& bytes :
         {good, good + "tail", with_line("Bad Name: x"), with_line(" folded"), "GET / HTTP/1.0\r\n\r\n"s,
          "POST / HTTP/1.1\r\n\r\n"s, with_target("/a#b"), with_target("/%zz"), "GET / HTTP/1.1\r\nA\nB"s,
          with_line("Content-Length: 4")}) {
        const std::string whole = request_of(bytes);
        for (std::size_t piece = 1; piece < bytes.size(); ++piece)
            ASSERT_EQ(request_of(bytes, {}, piece), whole) << piece;
    }
}

TEST(HttpRequest, is_still_reading_after_every_beginning_of_a_good_head) {
    for (std::size_t size = 0; size < good.size(); ++size) {
        ASSERT_EQ(request_of(std::string_view{good}.substr(0, size)), "reading") << size;
    }
}

TEST(HttpRequest, keeps_its_texts_when_the_reader_moves) {
    RequestReader first;
    first.feed(good);
    const RequestReader second = std::move(first);
    EXPECT_EQ(second.request().path, "/chat/room");
    EXPECT_EQ(second.request().headers.at(1).value, "1");
}

TEST(HttpRequest, refuses_other_methods_with_405) {
    for (const std::string& method :
         {"POST"s, "HEAD"s, "OPTIONS"s, "CONNECT"s, "PRI"s, "get"s, "GETS"s, "GE"s, "G"s}) {
        EXPECT_EQ(refusal_of(method + " / HTTP/1.1\r\nHost: h\r\n\r\n"), "refused 405 method other than GET")
            << method;
    }
    EXPECT_EQ(request_of(std::string(100, 'A')), "refused 405 method other than GET after 21")
        << "without waiting for its end";
}

TEST(HttpRequest, refuses_what_is_no_http_at_the_first_byte) {
    EXPECT_EQ(request_of("\x16\x03\x01\x02"), std::string{no_request} + " after 1") << "TLS on a plain port";
    EXPECT_EQ(refusal_of(" GET / HTTP/1.1\r\n"), no_request);
    EXPECT_EQ(refusal_of("\r\nGET / HTTP/1.1\r\n"), no_request);
    EXPECT_EQ(refusal_of("\nGET / HTTP/1.1\r\n"), no_request);
    EXPECT_EQ(refusal_of("GE\0T / HTTP/1.1\r\n"s), no_request);
    EXPECT_EQ(refusal_of("GET\t/ HTTP/1.1\r\n"), no_request);
    EXPECT_EQ(refusal_of("GET\r\n"), no_request);
    EXPECT_EQ(refusal_of("{\"json\":1}"), no_request);
}

TEST(HttpRequest, refuses_other_versions_with_505) {
    for (const std::string& version : {"1.0"s, "1.2"s, "2.0"s, "0.9"s, "3.1"s}) {
        EXPECT_EQ(refusal_of("GET / HTTP/" + version + "\r\nHost: h\r\n\r\n"),
                  "refused 505 HTTP version other than 1.1")
            << version;
    }
}

TEST(HttpRequest, refuses_malformed_request_lines) {
    const std::string no_version = "refused 400 request line without an HTTP version (RFC 9112 §2.3)";
    EXPECT_EQ(refusal_of("GET / http/1.1\r\n"), no_version);
    EXPECT_EQ(refusal_of("GET / HTTP/1,1\r\n"), no_version);
    EXPECT_EQ(refusal_of("GET / HTTP/1\r\n"), no_version);
    EXPECT_EQ(refusal_of("GET /  HTTP/1.1\r\n"), no_version) << "two blanks";
    EXPECT_EQ(refusal_of("GET / \r\n"), no_version);
    EXPECT_EQ(refusal_of("GET /\r\n"), "refused 400 request line without a version (RFC 9112 §3)")
        << "HTTP/0.9";
    EXPECT_EQ(refusal_of("GET / HTTP/1.1 \r\n"),
              "refused 400 request line that does not end after its version (RFC 9112 §3)");
    EXPECT_EQ(refusal_of("GET / HTTP/1.10\r\n"),
              "refused 400 request line that does not end after its version (RFC 9112 §3)");
    EXPECT_EQ(refusal_of("GET / HTTP/1.1\n"),
              "refused 400 request line that does not end after its version (RFC 9112 §3)");
    EXPECT_EQ(refusal_of("GET / HTTP/1.1\rHost: h\r\n"), bare_return);
}

TEST(HttpRequest, refuses_targets_that_are_no_path) {
    EXPECT_EQ(refusal_of(with_target("*")), no_path);
    EXPECT_EQ(refusal_of(with_target("example.com:443")), no_path);
    EXPECT_EQ(refusal_of(with_target("chat")), no_path);
    EXPECT_EQ(refusal_of(with_target("?x")), no_path);
    EXPECT_EQ(refusal_of(with_target("ftp://h/")), no_path);
    EXPECT_EQ(refusal_of(with_target("http://h?x")), no_path);
    EXPECT_EQ(refusal_of("GET  HTTP/1.1\r\n\r\n"), no_path);
}

TEST(HttpRequest, accepts_an_absolute_target_for_the_host_itself) {
    EXPECT_EQ(request_of("GET HTTP://Example.com:81/a?b HTTP/1.1\r\nHost: example.com:81\r\n\r\n"),
              "/a?b path /a query b host example.com:81 after 64\nHost=example.com:81");
    EXPECT_EQ(request_of("GET https://h HTTP/1.1\r\nHost: h\r\n\r\n"),
              "/ path / query  host h after 35\nHost=h");
    const std::string other = "refused 400 request target for another host than Host (RFC 9112 §3.2.2)";
    EXPECT_EQ(refusal_of(with_target("http://other/")), other);
    EXPECT_EQ(refusal_of(with_target("http://h:80/")), other);
    EXPECT_EQ(refusal_of(with_target("http://user@h/")), other);
}

TEST(HttpRequest, refuses_fragments_and_characters_that_must_be_encoded) {
    EXPECT_EQ(refusal_of(with_target("/a#b")), "refused 400 fragment in the request target (RFC 9112 §3.2)");
    for (const std::string& target :
         {"/a\"b"s, "/a<b"s, "/a>b"s, "/a\tb"s, "/a\0b"s, "/a\x7F"s, "/a\xC3\xA9"s, "/\x01"s}) {
        EXPECT_EQ(refusal_of(with_target(target)),
                  "refused 400 character in the request target that must be encoded (RFC 3986 §2)");
    }
    EXPECT_EQ(request_of(with_target("/a?{x}|^`\\[]'%")),
              "/a?{x}|^`\\[]'% path /a query {x}|^`\\[]'% host h after 40\nHost=h")
        << "browsers send these in a query";
}

TEST(HttpRequest, refuses_paths_with_a_problem) {
    EXPECT_EQ(refusal_of(with_target("/a/../b")),
              "refused 400 path with a segment \".\" or \"..\" (RFC 3986 §5.2.4)");
    EXPECT_EQ(refusal_of(with_target("/%00")), "refused 400 path with a control character");
    EXPECT_EQ(refusal_of(with_target("/%zz?x")),
              "refused 400 path with a percent sign that encodes nothing (RFC 3986 §2.1)");
    EXPECT_EQ(refusal_of(with_target("http://h/%2e%2e")),
              "refused 400 path with a segment \".\" or \"..\" (RFC 3986 §5.2.4)");
}

TEST(HttpRequest, refuses_malformed_header_lines) {
    EXPECT_EQ(refusal_of(with_line(" folded")), "refused 400 folded header line (RFC 9112 §5.2)");
    EXPECT_EQ(refusal_of(with_line("\tfolded")), "refused 400 folded header line (RFC 9112 §5.2)");
    EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\n Host: h\r\n\r\n"),
              "refused 400 folded header line (RFC 9112 §5.2)");
    EXPECT_EQ(refusal_of(with_line("A : b")), "refused 400 blank in a header's name (RFC 9112 §5.1)");
    EXPECT_EQ(refusal_of(with_line("A\t: b")), "refused 400 blank in a header's name (RFC 9112 §5.1)");
    EXPECT_EQ(refusal_of(with_line(": b")), "refused 400 header without a name (RFC 9112 §5)");
    EXPECT_EQ(refusal_of(with_line("nothing")), "refused 400 header line without a colon (RFC 9112 §5)");
    for (const std::string& name :
         {"A(B"s, "A/B"s, "A\0B"s, "A\xC3\xA9"s, "\"A\""s, "A\x7F"s, "(A"s, "\xFF"s}) {
        EXPECT_EQ(refusal_of(with_line(name + ": x")),
                  "refused 400 character in a header's name that may not be there (RFC 9110 §5.1)");
    }
}

TEST(HttpRequest, refuses_control_characters_in_values_but_keeps_other_bytes) {
    for (int byte = 0; byte < 32; ++byte) {
        if (byte == '\t' || byte == '\r' || byte == '\n') continue;
        EXPECT_EQ(refusal_of(with_line("A: x"s + static_cast<char>(byte) + "y")),
                  "refused 400 control character in a header's value (RFC 9110 §5.5)")
            << byte;
    }
    EXPECT_EQ(refusal_of(with_line("A: \x7F")),
              "refused 400 control character in a header's value (RFC 9110 §5.5)");
    EXPECT_NE(request_of(with_line("A: caf\xC3\xA9 \xFF\ttab")).find("\nA=caf\xC3\xA9 \xFF\ttab"),
              std::string::npos);
}

TEST(HttpRequest, refuses_bare_line_ends) {
    EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\nA: b\r\n\r\n"), bare_feed);
    EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\n\n"), bare_feed);
    EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\rA: b\r\n\r\n"), bare_return);
    EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\r\n\r\n"), bare_return);
    EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\n\rX"), bare_return);
}

TEST(HttpRequest, demands_exactly_one_valid_host) {
    EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\n\r\n"), "refused 400 request without Host (RFC 9112 §3.2)");
    EXPECT_EQ(refusal_of(with_line("hOST: h")), "refused 400 more than one Host (RFC 9112 §3.2)");
    for (const std::string& host : {""s, "a b"s, "a,b"s, "h:"s, "h:0"s, "h:65536"s, "h:x"s, "user@h"s, "h/"s,
                                    "[::1"s, "[nope]"s, "::1"s}) {
        EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"),
                  "refused 400 Host that is no name or address (RFC 9112 §3.2)")
            << host;
    }
    for (const std::string& host :
         {"h"s, "h:1"s, "127.0.0.1:7681"s, "[::1]:7681"s, "[2001:db8::1]"s, "a_b-c.example"s}) {
        EXPECT_EQ(request_of("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").find("refused"),
                  std::string::npos)
            << host;
    }
}

TEST(HttpRequest, refuses_bodies) {
    const std::string encoded =
        "refused 400 request with a Transfer-Encoding, which a handshake can not have";
    EXPECT_EQ(refusal_of(with_line("Transfer-Encoding: chunked")), encoded);
    EXPECT_EQ(refusal_of(with_line("transfer-encoding:")), encoded);
    EXPECT_EQ(refusal_of(with_line("Content-Length: 0\r\nTransfer-Encoding: identity")), encoded);
    EXPECT_EQ(refusal_of(with_line("Content-Length: 5")),
              "refused 413 request with a body, which a handshake can not have");
    EXPECT_EQ(refusal_of(with_line("Content-Length: 99999999999999999999999")),
              "refused 413 request with a body, which a handshake can not have");
    EXPECT_EQ(refusal_of(with_line("Content-Length: 0\r\nContent-Length: 0")),
              "refused 400 more than one Content-Length (RFC 9112 §6.3)");
    for (const std::string& length : {""s, "-1"s, "+0"s, "0,0"s, "0x0"s, "0 0"s, "ten"s}) {
        EXPECT_EQ(refusal_of(with_line("Content-Length: " + length)),
                  "refused 400 Content-Length that is no number (RFC 9112 §6.3)");
    }
    EXPECT_EQ(request_of(with_line("Content-Length: 0")).find("refused"), std::string::npos);
}

TEST(HttpRequest, bounds_the_target_the_head_and_the_number_of_headers_exactly) {
    const HeadLimits limits{.head_bytes_max = 100, .headers_max = 3, .uri_bytes_max = 10};
    EXPECT_EQ(request_of(with_target("/" + std::string(9, 'a')), limits).substr(0, 11), "/aaaaaaaaa ");
    EXPECT_EQ(request_of(with_target("/" + std::string(10, 'a')), limits),
              "refused 414 request target of more bytes than allowed after 15");

    EXPECT_EQ(request_of(with_line("A: 1\r\nB: 2"), limits).find("refused"), std::string::npos);
    EXPECT_EQ(refusal_of(with_line("A: 1\r\nB: 2\r\nC: 3"), limits), "refused 431 more headers than allowed");

    const std::size_t fixed = with_line("A: ").size();
    EXPECT_EQ(request_of(with_line("A: " + std::string(100 - fixed, 'x')), limits).find("refused"),
              std::string::npos);
    EXPECT_EQ(request_of(with_line("A: " + std::string(101 - fixed, 'x')), limits),
              "refused 431 head of more bytes than allowed after 101");
    EXPECT_EQ(request_of(with_line("A: " + std::string(5000, 'x')), limits),
              "refused 431 head of more bytes than allowed after 101")
        << "not one byte of the rest";
}

TEST(HttpRequest, has_the_limits_of_the_specification_by_default) {
    EXPECT_EQ(refusal_of(with_target("/" + std::string(2047, 'a'))).find("refused"), std::string::npos);
    EXPECT_EQ(refusal_of(with_target("/" + std::string(2048, 'a'))),
              "refused 414 request target of more bytes than allowed");
    std::string many = "H1: x";
    for (int i = 2; i <= 63; ++i) many += "\r\nH" + std::to_string(i) + ": x";
    EXPECT_EQ(refusal_of(with_line(many)).find("refused"), std::string::npos) << "64 with Host";
    EXPECT_EQ(refusal_of(with_line(many + "\r\nH64: x")), "refused 431 more headers than allowed");
    EXPECT_EQ(refusal_of(with_line("A: " + std::string(8192, 'x'))),
              "refused 431 head of more bytes than allowed");
}

}  // namespace
}  // namespace berth::wire
