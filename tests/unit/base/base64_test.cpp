// SPDX-License-Identifier: MIT
#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace berth::host {

TEST(Base64, carries_any_bytes_there_and_back) {
    const std::pair<std::string, std::string> pairs[] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {std::string("\0\xff\x80", 3), "AP+A"}};
    for (const auto& [bytes, text] : pairs) {
        EXPECT_EQ(to_base64(bytes), text);
        EXPECT_EQ(from_base64(text), bytes);
    }
}

TEST(Base64, refuses_what_is_none) {
    for (const char* text : {"Z", "Zg", "Zg=", "Z===", "Zg==Zg==", "Zh==", "Zm9", "Zm9v\n", "Zm-v", "===="})
        EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

}  // namespace berth::host
