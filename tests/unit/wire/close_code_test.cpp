// SPDX-License-Identifier: MIT
#include "wire/close_code.hpp"

#include <gtest/gtest.h>

#include <set>

namespace berth::wire {
namespace {

TEST(CloseCode, may_be_received_exactly_where_rfc_and_registry_allow_it) {
    const std::set<int> registered = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014};
    for (int code = 0; code <= 65535; ++code) {
        const bool expected = registered.contains(code) || (code >= 3000 && code <= 4999);
        ASSERT_EQ(may_be_received(static_cast<std::uint16_t>(code)), expected) << code;
    }
}

TEST(CloseCode, lets_a_server_send_all_of_these_but_1010) {
    for (int number = 0; number <= 65535; ++number) {
        const auto code = static_cast<std::uint16_t>(number);
        ASSERT_EQ(may_be_sent(code, Role::client), may_be_received(code)) << code;
        ASSERT_EQ(may_be_sent(code, Role::server), may_be_received(code) && code != 1010) << code;
    }
}

TEST(CloseCode, has_a_name_for_logs) {
    EXPECT_EQ(close_code_name(1000), "normal");
    EXPECT_EQ(close_code_name(1001), "going away");
    EXPECT_EQ(close_code_name(1002), "protocol error");
    EXPECT_EQ(close_code_name(1003), "unsupported data");
    EXPECT_EQ(close_code_name(1005), "no status");
    EXPECT_EQ(close_code_name(1006), "abnormal");
    EXPECT_EQ(close_code_name(1007), "invalid payload");
    EXPECT_EQ(close_code_name(1008), "policy violation");
    EXPECT_EQ(close_code_name(1009), "message too big");
    EXPECT_EQ(close_code_name(1010), "mandatory extension");
    EXPECT_EQ(close_code_name(1011), "internal error");
    EXPECT_EQ(close_code_name(1012), "service restart");
    EXPECT_EQ(close_code_name(1013), "try again later");
    EXPECT_EQ(close_code_name(1014), "bad gateway");
    EXPECT_EQ(close_code_name(1015), "tls handshake");
    EXPECT_EQ(close_code_name(3000), "application");
    EXPECT_EQ(close_code_name(4999), "application");
    EXPECT_EQ(close_code_name(1004), "unknown");
    EXPECT_EQ(close_code_name(5000), "unknown");
}

}  // namespace
}  // namespace berth::wire
