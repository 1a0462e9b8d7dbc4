// SPDX-License-Identifier: MIT
#include "config/values.hpp"

#include <gtest/gtest.h>

#include "config/format.hpp"

namespace berth::host::config {
namespace {

std::string wrong_size(std::string_view text) {
    const auto result = parse_bytes(text);
    return result ? "" : std::to_string(result.error().position) + ": " + result.error().reason;
}

std::string wrong_address(std::string_view text) {
    const auto result = parse_address(text);
    return result ? "" : std::to_string(result.error().position) + ": " + result.error().reason;
}

TEST(Sizes, have_a_number_and_a_unit) {
    EXPECT_EQ(parse_bytes("64 KiB"), 65'536u);
    EXPECT_EQ(parse_bytes("1MiB"), 1'048'576u);
    EXPECT_EQ(parse_bytes(" 2 gib "), 2'147'483'648u);
    EXPECT_EQ(parse_bytes("10 kB"), 10'000u);
    EXPECT_EQ(parse_bytes("3 MB"), 3'000'000u);
    EXPECT_EQ(parse_bytes("512 B"), 512u);
    EXPECT_EQ(parse_bytes("512"), 512u);
    EXPECT_EQ(parse_bytes("18446744073709551615"), 18'446'744'073'709'551'615u);
}

TEST(Sizes, that_are_none_are_refused_where_they_go_wrong) {
    EXPECT_EQ(wrong_size(""), "0: a size is missing, such as 64 KiB");
    EXPECT_EQ(wrong_size("-1"), "0: a size is never negative");
    EXPECT_EQ(wrong_size("KiB"), "0: a number is expected here");
    EXPECT_EQ(wrong_size("1.5 MiB"), "1: numbers are whole: write 1536 KiB instead of 1.5 MiB");
    EXPECT_EQ(wrong_size("64 XB"), "3: unknown unit: use B, KiB, MiB, GiB, kB, MB or GB");
    EXPECT_EQ(wrong_size("64 KiB 2"), "7: nothing may follow the size");
    EXPECT_EQ(wrong_size("18446744073709551616"), "0: the number is too large");
    EXPECT_EQ(wrong_size("18446744073709551615 KiB"), "0: the number is too large");
}

TEST(Sizes, are_written_with_the_largest_unit_that_divides_them) {
    EXPECT_EQ(format_bytes(0), "0 B");
    EXPECT_EQ(format_bytes(1023), "1023 B");
    EXPECT_EQ(format_bytes(65'536), "64 KiB");
    EXPECT_EQ(format_bytes(5u << 20), "5 MiB");
    EXPECT_EQ(format_bytes((5u << 20) + 1024), "5121 KiB");
    EXPECT_EQ(format_bytes(std::uint64_t{2048} << 30), "2048 GiB");
}

TEST(Addresses, are_numeric_with_a_port) {
    EXPECT_EQ(parse_address("127.0.0.1:0")->text(), "127.0.0.1:0");
    EXPECT_EQ(parse_address("0.0.0.0:65535")->text(), "0.0.0.0:65535");
    EXPECT_EQ(parse_address("[::1]:80")->text(), "[::1]:80");
    EXPECT_EQ(parse_address("[::1]:80")->host, "::1");
}

TEST(Addresses, know_whether_they_are_loopback) {
    EXPECT_TRUE(parse_address("127.8.9.1:1")->is_loopback());
    EXPECT_TRUE(parse_address("[::1]:1")->is_loopback());
    EXPECT_TRUE(parse_address("[0:0:0:0:0:0:0:1]:1")->is_loopback());
    EXPECT_TRUE(parse_address("[::ffff:127.0.0.1]:1")->is_loopback());
    EXPECT_FALSE(parse_address("[::ffff:10.0.0.1]:1")->is_loopback());
    EXPECT_FALSE(parse_address("0.0.0.0:1")->is_loopback());
    EXPECT_FALSE(parse_address("[::]:1")->is_loopback());
}

TEST(Addresses, that_are_none_are_refused_with_what_to_write) {
    EXPECT_EQ(wrong_address("127.0.0.1"), "9: a port is missing: write 127.0.0.1:7681");
    EXPECT_EQ(wrong_address("[::1]"), "5: a port is missing: write [::1]:7681");
    EXPECT_EQ(wrong_address("[::1"), "4: ] is missing after the IPv6 address");
    EXPECT_EQ(wrong_address("[::x]:1"), "1: \"::x\" is not an IPv6 address");
    EXPECT_EQ(wrong_address("::1:80"), "0: an IPv6 address stands in brackets: [::1]:7681");
    EXPECT_EQ(
        wrong_address(":80"),
        "0: an address is missing: write 127.0.0.1:80 for this machine only, 0.0.0.0:80 for all networks");
    EXPECT_EQ(wrong_address("localhost:80"),
              "0: addresses are numeric: write 127.0.0.1 instead of localhost");
    EXPECT_EQ(wrong_address("*:80"), "0: addresses are numeric: write 0.0.0.0 instead of *");
    EXPECT_EQ(wrong_address("example.org:80"),
              "0: \"example.org\" is not an IPv4 address; names are not looked up");
    EXPECT_EQ(wrong_address("127.0.0.256:80"),
              "0: \"127.0.0.256\" is not an IPv4 address; names are not looked up");
    EXPECT_EQ(wrong_address("127.0.0.1:"), "10: a port is missing after the colon");
    EXPECT_EQ(wrong_address("127.0.0.1:http"), "10: the port is not a number");
    EXPECT_EQ(wrong_address("127.0.0.1:65536"), "10: ports go up to 65535");
    EXPECT_EQ(wrong_address("127.0.0.1:99999999999999"), "10: ports go up to 65535");
}

TEST(DatabaseFiles, stay_in_their_directory) {
    for (const char* good : {"data.sqlite", "a/b.db", "./x", "..x", "a..b/c"})
        EXPECT_TRUE(parse_database_file(good)) << good;
    for (const char* bad : {"", "/etc/passwd", "../x", "a/../../x", "a/..", "a/", "."})
        EXPECT_FALSE(parse_database_file(bad)) << bad;
}

TEST(Origins, are_host_names_in_lower_case) {
    EXPECT_EQ(parse_origin("Example.ORG"), "example.org");
    EXPECT_EQ(parse_origin("*.example.org"), "*.example.org");
    EXPECT_EQ(parse_origin("[::1]"), "[::1]");
    EXPECT_EQ(parse_origin("10.0.0.1"), "10.0.0.1");
    EXPECT_EQ(parse_origin("https://example.org:8443/x").error().reason,
              "host names are compared, without scheme and port: write example.org");
    EXPECT_EQ(parse_origin("example.org:80").error().position, 11u);
    for (const char* bad : {"", "null", "*.", "a.*.b", "a b", "[x]"}) EXPECT_FALSE(parse_origin(bad)) << bad;
}

TEST(UrlPrefixes, begin_with_a_slash_and_climb_nowhere) {
    for (const char* good : {"/", "/chat", "/a/b-c_d.e~"}) EXPECT_TRUE(parse_url_prefix(good)) << good;
    for (const char* bad : {"", "chat", "/chat/", "/a/../b", "/./a", "/a//b", "/a?b", "/%41"})
        EXPECT_FALSE(parse_url_prefix(bad)) << bad;
}

TEST(Names, of_projects_follow_the_rule) {
    for (const char* good :
         {"a", "0", "chat-v2_x", "a234567890123456789012345678901234567890123456789012345678901234"})
        EXPECT_TRUE(is_project_name(good)) << good;
    for (const char* bad : {"", "-a", "_a", "Chat", "a.b", "a b", "é",
                            "a2345678901234567890123456789012345678901234567890123456789012345"})
        EXPECT_FALSE(is_project_name(bad)) << bad;
}

}  // namespace
}  // namespace berth::host::config
