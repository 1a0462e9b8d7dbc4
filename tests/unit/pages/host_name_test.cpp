// SPDX-License-Identifier: MIT
#include "pages/host_name.hpp"

#include <gtest/gtest.h>

namespace berth::host::pages {
namespace {

TEST(HostName, answers_addresses_localhost_and_configured_names) {
    for (const char* host :
         {"127.0.0.1", "127.0.0.1:7680", "localhost", "LocalHost:80", "[::1]:7680", "[::1]", "192.0.2.7:1"}) {
        EXPECT_TRUE(is_known_host(host, {})) << host;
    }
    EXPECT_TRUE(is_known_host("pages.example.org:443", {"pages.example.org"}));
    EXPECT_TRUE(is_known_host("PAGES.example.org", {"pages.example.org"}));
}

TEST(HostName, refuses_names_that_only_a_foreign_dns_brings_here) {
    for (const char* host :
         {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1:7680@evil", "",
          "localhost:80:80", "[::1", "[::1]x", "[localhost]", "localhost/", "127.0.0.1 ", "0x7f000001",
          "2130706433", "localhost:123456", "localhost:-1"}) {
        EXPECT_FALSE(is_known_host(host, {"pages.example.org"})) << host;
    }
    EXPECT_FALSE(is_known_host(std::string(10'000, 'a'), {}));
}

}  // namespace
}  // namespace berth::host::pages
