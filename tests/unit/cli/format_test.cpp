// SPDX-License-Identifier: MIT
#include "cli/format.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"

namespace berth::host::cli {
namespace {

TEST(Format, shows_durations_in_their_two_largest_units) {
    using std::chrono::milliseconds;
    EXPECT_EQ(duration_text(milliseconds(0)), "0 ms");
    EXPECT_EQ(duration_text(milliseconds(950)), "950 ms");
    EXPECT_EQ(duration_text(milliseconds(12'999)), "12 s");
    EXPECT_EQ(duration_text(milliseconds(200'000)), "3 min 20 s");
    EXPECT_EQ(duration_text(milliseconds(3'600'000)), "1 h");
    EXPECT_EQ(duration_text(milliseconds(18'150'000)), "5 h 2 min");
    EXPECT_EQ(duration_text(milliseconds(273'600'000)), "3 d 4 h");
}

TEST(Format, shows_bytes_in_binary_units) {
    EXPECT_EQ(bytes_text(0), "0 B");
    EXPECT_EQ(bytes_text(1023), "1023 B");
    EXPECT_EQ(bytes_text(1536), "1.5 KiB");
    EXPECT_EQ(bytes_text(64u << 10), "64 KiB");
    EXPECT_EQ(bytes_text(1'288'490'189), "1.2 GiB");
    EXPECT_EQ(bytes_text(UINT64_MAX), "16777216 TiB");
}

TEST(Format, counts_nouns) {
    EXPECT_EQ(counted(0, "client"), "0 clients");
    EXPECT_EQ(counted(1, "client"), "1 client");
    EXPECT_EQ(counted(2, "client"), "2 clients");
}

TEST(Base64, follows_the_vectors_of_rfc_4648) {
    EXPECT_EQ(to_base64(""), "");
    EXPECT_EQ(to_base64("f"), "Zg==");
    EXPECT_EQ(to_base64("fo"), "Zm8=");
    EXPECT_EQ(to_base64("foo"), "Zm9v");
    EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(to_base64(std::string("\xff\xfe\x00", 3)), "//4A");
}

}  // namespace
}  // namespace berth::host::cli
