// SPDX-License-Identifier: MIT
#include "wire/uri.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::wire {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(Uri, decodes_percent_encodings_and_refuses_broken_ones) {
    EXPECT_EQ(percent_decode("a%20b%C3%a9+"), "a b\xC3\xA9+");
    EXPECT_EQ(percent_decode("%00"), "\0"s);
    EXPECT_EQ(percent_decode("%2525"), "%25") << "once only";
    EXPECT_EQ(percent_decode(""), "");
    for (const std::string_view text : {"%", "%2", "a%", "%G0", "%0G", "% 20", "%%20"})
        EXPECT_EQ(percent_decode(text), std::nullopt) << text;
}

TEST(Uri, splits_queries_in_order_with_repeats) {
    EXPECT_THAT(split_query("a=1&b=2&a=3"), ElementsAre(Pair("a", "1"), Pair("b", "2"), Pair("a", "3")));
    EXPECT_THAT(split_query("x+y=%31+%2B%26%3D"), ElementsAre(Pair("x y", "1 +&=")));
    EXPECT_THAT(split_query("flag&k==v=&=v&&"),
                ElementsAre(Pair("flag", ""), Pair("k", "=v="), Pair("", "v")));
    EXPECT_THAT(split_query("p=100%&q=%zz&r=%4"),
                ElementsAre(Pair("p", "100%"), Pair("q", "%zz"), Pair("r", "%4")));
    EXPECT_THAT(split_query("n=%00%FF"), ElementsAre(Pair("n", "\0\xFF"s)));
    EXPECT_THAT(split_query(""), IsEmpty());
    EXPECT_THAT(split_query("&&"), IsEmpty());
}

TEST(Uri, splits_cookies_in_order) {
    EXPECT_THAT(
        split_cookies("sid=abc; theme=\"dark\";x=a=b; sid=2"),
        ElementsAre(Pair("sid", "abc"), Pair("theme", "\"dark\""), Pair("x", "a=b"), Pair("sid", "2")));
    EXPECT_THAT(split_cookies(" a = 1 ;; =v; nothing; b="), ElementsAre(Pair("a", "1"), Pair("b", "")));
    EXPECT_THAT(split_cookies(""), IsEmpty());
}

TEST(Uri, finds_no_problem_in_ordinary_paths) {
    for (const std::string_view path : {"/", "/chat", "/chat/", "/chat//x", "/chat/room%201", "/caf%C3%A9",
                                        "/...", "/a..b", "/.well-known", "/a;b=1", "/a%2Fb", "/~x/{y}"}) {
        EXPECT_EQ(path_problem(path), "") << path;
    }
}

TEST(Uri, names_the_problem_of_other_paths) {
    EXPECT_EQ(path_problem(""), "path that does not begin with a slash (RFC 9112 §3.2.1)");
    EXPECT_EQ(path_problem("chat"), "path that does not begin with a slash (RFC 9112 §3.2.1)");
    EXPECT_EQ(path_problem("/%"), "path with a percent sign that encodes nothing (RFC 3986 §2.1)");
    EXPECT_EQ(path_problem("/%FF"), "path that is not UTF-8");
    EXPECT_EQ(path_problem("/%C0%AE%C0%AE/"), "path that is not UTF-8") << "over-long dots";
    for (const std::string_view path : {"/%00", "/a%0d%0a", "/%7F", "/\x01"})
        EXPECT_EQ(path_problem(path), "path with a control character") << path;
    for (const std::string_view path : {"/a\\b", "/..%5C.."})
        EXPECT_EQ(path_problem(path), "path with a backslash") << path;
    for (const std::string_view path :
         {"/.", "/..", "/../a", "/a/..", "/a/./b", "/%2e", "/%2E%2e/a", "/a/.%2e", "/a%2f..%2fb"}) {
        EXPECT_EQ(path_problem(path), "path with a segment \".\" or \"..\" (RFC 3986 §5.2.4)") << path;
    }
}

TEST(Uri, finds_the_project_in_the_first_segment) {
    EXPECT_EQ(project_of("/chat"), "chat");
    EXPECT_EQ(project_of("/chat/"), "chat");
    EXPECT_EQ(project_of("/chat/room/7"), "chat");
    EXPECT_EQ(project_of("/0-a_b"), "0-a_b");
    EXPECT_EQ(project_of("/" + std::string(64, 'a')), std::string(64, 'a'));
    for (const std::string& path : {""s, "/"s, "//chat"s, "chat"s, "/Chat"s, "/-a"s, "/_a"s, "/a.b"s,
                                    "/%63hat"s, "/chat?x"s, "/a b"s, "/" + std::string(65, 'a')}) {
        EXPECT_EQ(project_of(path), std::nullopt) << path;
    }
}

TEST(Uri, knows_authorities) {
    for (const std::string_view text :
         {"a", "example.com", "a_b-c.d~e", "1.2.3.4", "h:1", "h:65535", "[::]", "[::1]:80",
          "[1:2:3:4:5:6:7:8]", "[1::8]", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]", "[::ffff:1.2.3.4]",
          "[64:ff9b::255.255.255.255]", "[1:2:3:4:5:6:1.2.3.4]"}) {
        EXPECT_TRUE(is_authority(text)) << text;
    }
    for (const std::string_view text : {"",
                                        ":80",
                                        "a:",
                                        "a:0",
                                        "a:65536",
                                        "a:-1",
                                        "a:+1",
                                        "a: 1",
                                        "a:1:2",
                                        "a b",
                                        "a@b",
                                        "a/b",
                                        "a%20",
                                        "[]",
                                        "[::",
                                        "[::1]x",
                                        "[::1]:",
                                        "[1]",
                                        "[1:2:3:4:5:6:7:8:9]",
                                        "[1:2:3:4:5:6:7:8::]",
                                        "[1::2::3]",
                                        "[:::]",
                                        "[:1]",
                                        "[1:]",
                                        "[12345::]",
                                        "[g::]",
                                        "[::1.2.3]",
                                        "[::1.2.3.4.5]",
                                        "[::1.2.3.256]",
                                        "[::1.2.3.4:5]",
                                        "[::1.2.3.]",
                                        "[::1..2.3]",
                                        "[::%lo]"}) {
        EXPECT_FALSE(is_authority(text)) << text;
    }
    EXPECT_TRUE(is_authority(std::string(255, 'a')));
    EXPECT_FALSE(is_authority(std::string(256, 'a')));
}

std::string shown(std::string_view text) {
    const auto url = parse_url(text);
    if (!url) return "refused: " + std::string{url.error()};
    return std::string{url->secure ? "tls " : "plain "} + url->host + " " + std::to_string(url->port) + " " +
           url->target + " " + url->authority();
}

TEST(Uri, parses_websocket_urls) {
    EXPECT_EQ(shown("ws://example.com"), "plain example.com 80 / example.com");
    EXPECT_EQ(shown("wss://Example.COM/chat?x=1"), "tls example.com 443 /chat?x=1 example.com");
    EXPECT_EQ(shown("WS://h:7681/"), "plain h 7681 / h:7681");
    EXPECT_EQ(shown("ws://h:80/a"), "plain h 80 /a h");
    EXPECT_EQ(shown("ws://h:443/a"), "plain h 443 /a h:443");
    EXPECT_EQ(shown("ws://h?x=/y"), "plain h 80 /?x=/y h");
    EXPECT_EQ(shown("wss://[::1]:8443/p"), "tls ::1 8443 /p [::1]:8443");
    EXPECT_EQ(shown("wss://[2001:DB8::1]"), "tls 2001:db8::1 443 / [2001:db8::1]");
}

TEST(Uri, says_why_a_url_can_not_be_used) {
    const std::string scheme = "refused: URL that does not begin with ws:// or wss:// (RFC 6455 §3)";
    const std::string host = "refused: URL without a valid host and port (RFC 3986 §3.2)";
    for (const char* url : {"", "ws", "ws:", "ws:/h", "http://h", "wsx://h", "h:80", "//h"})
        EXPECT_EQ(shown(url), scheme) << url;
    for (const char* url : {"ws://", "ws:///a", "ws://:80", "ws://h:", "ws://h:0", "ws://h:65536",
                            "ws://h:8a", "ws://a b", "ws://[::1", "ws://[x]", "ws://\xC3\xA9"}) {
        EXPECT_EQ(shown(url), host) << url;
    }
    EXPECT_EQ(shown("ws://h/a#b"), "refused: URL with a fragment (RFC 6455 §3)");
    EXPECT_EQ(shown("ws://u:p@h/"), "refused: URL with user information (RFC 6455 §3)");
    EXPECT_EQ(shown("ws://h/a b"), "refused: URL with a character that must be encoded (RFC 3986 §2)");
    EXPECT_EQ(shown("ws://h/\r\n"), "refused: URL with a character that must be encoded (RFC 3986 §2)");
    EXPECT_EQ(shown("ws://h/\xC3\xA9"), "refused: URL with a character that must be encoded (RFC 3986 §2)");
}

}  // namespace
}  // namespace berth::wire
