// SPDX-License-Identifier: MIT
// Whose connection it is behind a proxy that is trusted, and behind one that is not (RELIABILITY: C13).
#include "gateway/forwarded.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth::host::gateway {
namespace {

using transport::PeerAddress;

/// 127.0.0.1, 10.0.0.0/8 and 2001:db8:aa::/48.
std::vector<IpNetwork> proxies() {
    std::vector<IpNetwork> all;
    for (const auto* text : {"127.0.0.1", "10.0.0.0/8", "2001:db8:aa::/48"}) all.push_back(*IpNetwork::parse(text));
    return all;
}

PeerAddress peer(const char* text) { return *PeerAddress::parse(text); }

struct ForwardedCase {
    const char* what;
    std::vector<std::string> lines;  ///< each an X-Forwarded-For
    const char* client;              ///< "" for nobody
    std::uint16_t port = 0;
};

void PrintTo(const ForwardedCase& one, std::ostream* out) { *out << one.what; }

class Forwarded : public testing::TestWithParam<ForwardedCase> {};

TEST_P(Forwarded, names_the_right_most_client_that_is_no_trusted_proxy) {
    wire::Headers headers{{"Host", "h"}};
    for (const std::string& line : GetParam().lines) headers.push_back({"X-Forwarded-For", line});

    const auto client = forwarded_client(headers, proxies());

    EXPECT_EQ(client ? client->text() : "", GetParam().client);
    EXPECT_EQ(client ? client->port() : 0, GetParam().port);
}

const ForwardedCase forwarded_cases[] = {
    {"no such field", {}, ""},
    {"an empty one", {""}, ""},
    {"nothing but commas", {" , ,\t,"}, ""},
    {"one address", {"203.0.113.7"}, "203.0.113.7"},
    {"blanks around it", {" \t203.0.113.7\t "}, "203.0.113.7"},
    {"one with its port", {"203.0.113.7:4711"}, "203.0.113.7", 4711},
    {"IPv6", {"2001:DB8::7"}, "2001:db8::7"},
    {"IPv6 in brackets", {"[2001:db8::7]"}, "2001:db8::7"},
    {"IPv6 with its port", {"[2001:db8::7]:4711"}, "2001:db8::7", 4711},
    {"IPv4 inside IPv6", {"::ffff:203.0.113.7"}, "203.0.113.7"},
    {"IPv4 inside IPv6 with its port", {"[::ffff:203.0.113.7]:80"}, "203.0.113.7", 80},
    {"loopback of the proxy's machine", {"127.0.0.2"}, "127.0.0.2"},
    {"what a client has invented, left of it", {"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
    {"an invented loopback", {"127.0.0.1, 203.0.113.7"}, "203.0.113.7"},
    {"an invented proxy", {"10.0.0.1, 203.0.113.7"}, "203.0.113.7"},
    {"many inventions", {"1.1.1.1,2.2.2.2,3.3.3.3,203.0.113.7"}, "203.0.113.7"},
    {"an invention in a line of its own", {"198.51.100.1", "203.0.113.7"}, "203.0.113.7"},
    {"a line of the client's after which the proxy's is empty", {"198.51.100.1", ""}, "198.51.100.1"},
    {"an invention that is no address", {"nonsense, 203.0.113.7"}, "203.0.113.7"},
    {"an invented quotation mark", {"\"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
    {"an invented quotation mark in a line of its own", {"\"", "203.0.113.7"}, "203.0.113.7"},
    {"an invented backslash", {"\\, 203.0.113.7"}, "203.0.113.7"},
    {"a second proxy", {"203.0.113.7, 10.1.2.3"}, "203.0.113.7"},
    {"a second proxy in IPv6", {"203.0.113.7, 2001:db8:aa::1"}, "203.0.113.7"},
    {"a second proxy written as IPv4 inside IPv6", {"203.0.113.7, ::ffff:10.1.2.3"}, "203.0.113.7"},
    {"a second proxy with its port", {"203.0.113.7, 10.1.2.3:80"}, "203.0.113.7"},
    {"a chain of proxies", {"198.51.100.1, 203.0.113.7, 10.0.0.1, 10.0.0.2, 127.0.0.1"}, "203.0.113.7"},
    {"a chain over several lines", {"198.51.100.1, 203.0.113.7", "10.0.0.1", "10.0.0.2"}, "203.0.113.7"},
    {"a chain with a stranger in it", {"203.0.113.7, 192.0.2.1, 10.0.0.1"}, "192.0.2.1"},
    {"proxies alone", {"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
    {"empty elements between", {"203.0.113.7,, ,10.0.0.1,"}, "203.0.113.7"},
    {"no address at the right", {"203.0.113.7, unknown"}, ""},
    {"no address behind a proxy", {"203.0.113.7, unknown, 10.0.0.1"}, "10.0.0.1"},
    {"a hidden one", {"_hidden"}, ""},
    {"a name", {"client.example.org"}, ""},
    {"a network", {"203.0.113.0/24"}, ""},
    {"two in one element", {"203.0.113.7 198.51.100.1"}, ""},
    {"quotation marks around it", {"\"203.0.113.7\""}, ""},
    {"the syntax of Forwarded", {"for=203.0.113.7"}, ""},
    {"leading zeros", {"203.0.113.007"}, ""},
    {"too few numbers", {"203.0.113"}, ""},
    {"a number too large", {"203.0.113.256"}, ""},
    {"a port too large", {"203.0.113.7:65536"}, ""},
    {"a port that is none", {"203.0.113.7:http"}, ""},
    {"no port behind the colon", {"203.0.113.7:"}, ""},
    {"IPv4 in brackets", {"[203.0.113.7]"}, ""},
    {"a bracket that does not end", {"[2001:db8::7"}, ""},
    {"something behind the bracket", {"[2001:db8::7]x"}, ""},
    {"an IPv6 zone", {"fe80::1%eth0"}, ""},
};
INSTANTIATE_TEST_SUITE_P(ByLines, Forwarded, testing::ValuesIn(forwarded_cases));

}  // namespace

TEST(TrustedProxies, are_those_of_the_list_and_by_default_nobody) {
    EXPECT_FALSE(is_trusted({}, peer("127.0.0.1")));
    EXPECT_FALSE(is_trusted({}, PeerAddress{}));
    EXPECT_TRUE(is_trusted(proxies(), peer("127.0.0.1")));
    EXPECT_FALSE(is_trusted(proxies(), peer("127.0.0.2")));
    EXPECT_FALSE(is_trusted(proxies(), peer("::1"))) << "each address of loopback for itself";
    EXPECT_TRUE(is_trusted(proxies(), peer("::ffff:10.0.0.1")));
    EXPECT_TRUE(is_trusted(proxies(), peer("2001:db8:aa:1::1")));
    EXPECT_FALSE(is_trusted(proxies(), peer("2001:db8:ab::1")));
    EXPECT_FALSE(is_trusted(proxies(), PeerAddress{}));
}

TEST(TrustedProxies, are_exempt_from_the_limits_of_an_address_as_loopback_is) {
    HostRules rules;
    EXPECT_TRUE(is_exempt(rules, peer("127.0.0.2")));
    EXPECT_FALSE(is_exempt(rules, peer("10.0.0.1")));
    rules.trusted_proxies = proxies();
    EXPECT_TRUE(is_exempt(rules, peer("10.0.0.1")));
    EXPECT_FALSE(is_exempt(rules, peer("203.0.113.7")));
}

TEST(TrustedProxies, say_by_one_plain_word_whether_the_page_is_https) {
    const auto said = [](std::vector<std::string_view> values) {
        wire::Headers headers;
        for (const auto value : values) headers.push_back({"x-forwarded-PROTO", value});
        return forwarded_tls(headers);
    };
    EXPECT_EQ(said({"https"}), true);
    EXPECT_EQ(said({"HTTPS"}), true);
    EXPECT_EQ(said({"wss"}), true);
    EXPECT_EQ(said({"http"}), false);
    EXPECT_EQ(said({"ws"}), false);
    for (const auto& unclear : std::vector<std::vector<std::string_view>>{{}, {""}, {"ftp"}, {"https, http"}, {"http", "https"}, {"https", "https"}})
        EXPECT_EQ(said(unclear), std::nullopt);
}

}  // namespace berth::host::gateway
