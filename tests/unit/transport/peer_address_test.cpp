// SPDX-License-Identifier: MIT
#include "gateway/transport/peer_address.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

namespace berth::host::transport {
namespace {

using namespace std::string_view_literals;

PeerAddress v4(const char* text, std::uint16_t port = 0) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    EXPECT_EQ(inet_pton(AF_INET, text, &in.sin_addr), 1);
    sockaddr_storage storage{};
    std::memcpy(&storage, &in, sizeof in);
    return PeerAddress::from(storage);
}

PeerAddress v6(const char* text, std::uint16_t port = 0) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    EXPECT_EQ(inet_pton(AF_INET6, text, &in.sin6_addr), 1);
    sockaddr_storage storage{};
    std::memcpy(&storage, &in, sizeof in);
    return PeerAddress::from(storage);
}

TEST(PeerAddress, gives_text_and_port) {
    EXPECT_EQ(v4("203.0.113.7", 4711).text(), "203.0.113.7");
    EXPECT_EQ(v4("203.0.113.7", 4711).port(), 4711);
    EXPECT_EQ(v6("2001:db8::1", 80).text(), "2001:db8::1");
    EXPECT_EQ(v6("2001:db8::1", 80).port(), 80);
    EXPECT_EQ(PeerAddress{}.text(), "");
}

TEST(PeerAddress, knows_ipv4_inside_ipv6_as_the_same_peer) {
    EXPECT_EQ(v6("::ffff:203.0.113.7").text(), "203.0.113.7");
    EXPECT_EQ(v6("::ffff:203.0.113.7").key(), v4("203.0.113.7").key());
    EXPECT_TRUE(v6("::ffff:127.0.0.1").is_loopback());
}

TEST(PeerAddress, counts_ipv4_singly_and_ipv6_by_its_64_bit_network) {
    EXPECT_NE(v4("203.0.113.7").key(), v4("203.0.113.8").key());
    EXPECT_EQ(v4("203.0.113.7", 1).key(), v4("203.0.113.7", 2).key());
    EXPECT_EQ(v6("2001:db8:0:1::1").key(), v6("2001:db8:0:1:ffff::2").key());
    EXPECT_NE(v6("2001:db8:0:1::1").key(), v6("2001:db8:0:2::1").key());
    // Four bytes that read the same are still another family.
    EXPECT_NE(v6("cb00:7107::").key(), v4("203.0.113.7").key());
    EXPECT_EQ(std::hash<PeerAddress::Key>{}(v6("2001:db8:0:1::1").key()),
              std::hash<PeerAddress::Key>{}(v6("2001:db8:0:1::2").key()));
}

TEST(PeerAddress, is_read_as_proxies_write_it) {
    EXPECT_EQ(PeerAddress::parse("203.0.113.7:4711")->text(), "203.0.113.7");
    EXPECT_EQ(PeerAddress::parse("203.0.113.7:4711")->port(), 4711);
    EXPECT_EQ(PeerAddress::parse("[2001:db8::1]:80")->text(), "2001:db8::1");
    EXPECT_EQ(PeerAddress::parse("[2001:db8::1]:80")->port(), 80);
    EXPECT_EQ(PeerAddress::parse("2001:db8::1")->key(), v6("2001:db8::1").key());
    EXPECT_EQ(PeerAddress::parse("::ffff:203.0.113.7")->key(), v4("203.0.113.7").key());
    for (const auto text : {""sv, ":"sv, "[]"sv, "[]:1"sv, "[::1]80"sv, "[::1]:"sv, "203.0.113.7:-1"sv, "203.0.113.7\0:1"sv, "localhost"sv})
        EXPECT_FALSE(PeerAddress::parse(text)) << text;
}

TEST(PeerAddress, has_as_many_bytes_as_its_family) {
    EXPECT_EQ(v4("203.0.113.7").bytes().size(), 4u);
    EXPECT_EQ(v6("::ffff:203.0.113.7").bytes().size(), 4u);
    EXPECT_EQ(v6("2001:db8::1").bytes().size(), 16u);
    EXPECT_EQ(PeerAddress{}.bytes().size(), 0u);
}

TEST(PeerAddress, knows_loopback) {
    EXPECT_TRUE(v4("127.0.0.1").is_loopback());
    EXPECT_TRUE(v4("127.1.2.3").is_loopback());
    EXPECT_TRUE(v6("::1").is_loopback());
    EXPECT_FALSE(v4("128.0.0.1").is_loopback());
    EXPECT_FALSE(v6("::2").is_loopback());
    EXPECT_FALSE(PeerAddress{}.is_loopback());
}

}  // namespace
}  // namespace berth::host::transport
