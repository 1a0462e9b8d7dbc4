// SPDX-License-Identifier: MIT
#include "tls/digest.hpp"

#include <gtest/gtest.h>

namespace berth::host::tls {

TEST(Digest, is_the_sha_256_of_the_secret_in_hexadecimal_and_back) {
    // FIPS 180-4's own example.
    constexpr auto abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    EXPECT_EQ(to_hex(digest_of("abc")), abc);
    EXPECT_EQ(digest_from_hex(abc), digest_of("abc"));
    EXPECT_TRUE(is_same(digest_of("abc"), *digest_from_hex(abc)));
    EXPECT_FALSE(is_same(digest_of("abd"), digest_of("abc")));
}

TEST(Digest, takes_no_other_text_for_one) {
    for (const char* text : {"", "ba78", "Ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                             "xa7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0"})
        EXPECT_FALSE(digest_from_hex(text)) << text;
}

}  // namespace berth::host::tls
