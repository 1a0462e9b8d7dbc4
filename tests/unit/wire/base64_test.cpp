// SPDX-License-Identifier: MIT
#include "wire/base64.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace berth::wire {
namespace {

std::string encoded(std::string_view text) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    std::string out((bytes.size() + 2) / 3 * 4, '?');
    encode_base64(bytes, out.data());
    return out;
}

TEST(Base64, encodes_the_examples_of_the_rfc) {
    EXPECT_EQ(encoded(""), "");
    EXPECT_EQ(encoded("f"), "Zg==");
    EXPECT_EQ(encoded("fo"), "Zm8=");
    EXPECT_EQ(encoded("foo"), "Zm9v");
    EXPECT_EQ(encoded("foob"), "Zm9vYg==");
    EXPECT_EQ(encoded("fooba"), "Zm9vYmE=");
    EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
    EXPECT_EQ(encoded("\xFB\xFF"), "+/8=");
}

TEST(Base64, knows_its_own_encodings) {
    for (std::size_t size = 0; size < 20; ++size) {
        EXPECT_TRUE(is_base64_of(encoded(std::string(size, '\xA5')), size)) << size;
        EXPECT_FALSE(is_base64_of(encoded(std::string(size, '\xA5')), size + 1)) << size;
    }
}

TEST(Base64, refuses_wrong_letters_paddings_and_spare_bits) {
    EXPECT_TRUE(is_base64_of("Zg==", 1));
    EXPECT_FALSE(is_base64_of("Zh==", 1)) << "spare bits";
    EXPECT_FALSE(is_base64_of("Zg=", 1)) << "short";
    EXPECT_FALSE(is_base64_of("Zg===", 1)) << "long";
    EXPECT_FALSE(is_base64_of("Z===", 1)) << "padding too early";
    EXPECT_FALSE(is_base64_of("Zm8A", 2)) << "no padding";
    EXPECT_FALSE(is_base64_of("Zm9=", 2)) << "spare bits";
    EXPECT_FALSE(is_base64_of("Zg=A", 1)) << "letter after padding";
    EXPECT_FALSE(is_base64_of("Z-==", 1)) << "alphabet of URLs";
    EXPECT_FALSE(is_base64_of("Z ==", 1)) << "blank";
}

}  // namespace
}  // namespace berth::wire
