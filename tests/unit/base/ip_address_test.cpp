// SPDX-License-Identifier: MIT
#include "base/ip_address.hpp"

#include <gtest/gtest.h>

namespace berth::host {
namespace {

using namespace std::string_view_literals;

TEST(IpAddress, has_one_way_to_be_written) {
    EXPECT_EQ(canonical_ip_address("203.0.113.7"), "203.0.113.7");
    EXPECT_EQ(canonical_ip_address("2001:DB8:0:0:0:0:0:7"), "2001:db8::7");
    EXPECT_EQ(canonical_ip_address("::1"), "::1");
    EXPECT_EQ(canonical_ip_address("::ffff:203.0.113.7"), "203.0.113.7");
}

TEST(IpAddress, is_nothing_else) {
    for (const auto text : {""sv, "notanaddress"sv, "203.0.113"sv, "203.0.113.256"sv, "203.0.113.07"sv, "203.0.113.7:80"sv,
                            "203.0.113.0/24"sv, "[::1]"sv, "fe80::1%eth0"sv, " 203.0.113.7"sv, "203.0.113.7\0x"sv})
        EXPECT_EQ(canonical_ip_address(text), std::nullopt) << text;
}

}  // namespace
}  // namespace berth::host
