// SPDX-License-Identifier: MIT
#include "base/ip_network.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>

#include <utility>
#include <vector>

namespace berth::host {
namespace {

using namespace std::string_view_literals;

std::vector<std::uint8_t> bytes_of(const char* address) {
    std::vector<std::uint8_t> bytes(16);
    if (::inet_pton(AF_INET6, address, bytes.data()) == 1) return bytes;
    bytes.resize(4);
    EXPECT_EQ(::inet_pton(AF_INET, address, bytes.data()), 1) << address;
    return bytes;
}

bool is_in(std::string_view network, const char* address) {
    const auto parsed = IpNetwork::parse(network);
    EXPECT_TRUE(parsed) << network;
    return parsed && parsed->contains(bytes_of(address));
}

TEST(IpNetwork, has_one_way_to_be_written) {
    for (const auto& [written, text] : {std::pair{"10.0.0.0/8", "10.0.0.0/8"},
                                        {"192.0.2.7", "192.0.2.7"},
                                        {"192.0.2.7/32", "192.0.2.7"},
                                        {"128.0.0.0/1", "128.0.0.0/1"},
                                        {"::1", "::1"},
                                        {"2001:DB8:0:0::/32", "2001:db8::/32"},
                                        {"2001:db8::1/128", "2001:db8::1"},
                                        {"::ffff:10.0.0.0/104", "10.0.0.0/8"},
                                        {"::ffff:192.0.2.7", "192.0.2.7"}}) {
        const auto network = IpNetwork::parse(written);
        ASSERT_TRUE(network) << written << ": " << network.error().message;
        EXPECT_EQ(network->text(), text);
    }
}

TEST(IpNetwork, contains_the_addresses_that_begin_like_it) {
    EXPECT_TRUE(is_in("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(is_in("10.0.0.0/8", "11.0.0.0"));
    EXPECT_TRUE(is_in("172.16.0.0/12", "172.31.255.255"));
    EXPECT_FALSE(is_in("172.16.0.0/12", "172.32.0.0"));
    EXPECT_TRUE(is_in("192.0.2.7", "192.0.2.7"));
    EXPECT_FALSE(is_in("192.0.2.7", "192.0.2.6"));
    EXPECT_TRUE(is_in("2001:db8:8000::/33", "2001:db8:ffff::1"));
    EXPECT_FALSE(is_in("2001:db8:8000::/33", "2001:db8:7fff::1"));
    EXPECT_TRUE(is_in("::1", "::1"));
}

TEST(IpNetwork, of_one_family_contains_none_of_the_other) {
    EXPECT_FALSE(is_in("a00::/8", "10.0.0.1"));
    EXPECT_FALSE(is_in("10.0.0.0/8", "a00::1"));
    EXPECT_FALSE(is_in("::/1", "10.0.0.1"));
    EXPECT_FALSE(IpNetwork::parse("::/1")->contains({}));
}

TEST(IpNetwork, is_nothing_else_and_says_what_to_write) {
    for (const auto text : {""sv, "proxy.example.org"sv, "10.0.0"sv, "10.0.0.256"sv, "10.0.0.01"sv, "10.0.0.1:80"sv, "[::1]"sv,
                            "fe80::1%eth0"sv, " 10.0.0.1"sv, "10.0.0.1\0x"sv, "*"sv, "/8"sv}) {
        const auto network = IpNetwork::parse(text);
        ASSERT_FALSE(network) << text;
        EXPECT_EQ(network.error().message,
                  "write an address or a network in numbers, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32");
    }
    for (const auto text : {"10.0.0.0/"sv, "10.0.0.0/33"sv, "10.0.0.0/-1"sv, "10.0.0.0/8/8"sv, "10.0.0.0/255.0.0.0"sv, "10.0.0.0/ 8"sv}) {
        const auto network = IpNetwork::parse(text);
        ASSERT_FALSE(network) << text;
        EXPECT_EQ(network.error().message, "behind the / belongs how many of its 32 bits count, such as 10.0.0.0/8");
    }
    EXPECT_EQ(IpNetwork::parse("2001:db8::/129").error().message,
              "behind the / belongs how many of its 128 bits count, such as 2001:db8::/32");
    EXPECT_EQ(IpNetwork::parse("10.1.2.3/8").error().message,
              "it has bits behind its first 8: write 10.0.0.0/8, or the address alone");
    for (const auto text : {"0.0.0.0/0"sv, "::/0"sv, "::ffff:0:0/96"sv})
        EXPECT_EQ(IpNetwork::parse(text).error().message, "that is everybody: name addresses or smaller networks") << text;
}

}  // namespace
}  // namespace berth::host
