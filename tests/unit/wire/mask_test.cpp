// SPDX-License-Identifier: MIT
#include "wire/mask.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth::wire {
namespace {

constexpr MaskingKey key{0x37, 0xFA, 0x21, 0x3D};

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + 1);
    return text;
}

TEST(Mask, gives_the_example_of_the_rfc) {
    std::string hello = "Hello";

    apply_mask(hello, key);

    EXPECT_EQ(hello, "\x7F\x9F\x4D\x51\x58");
}

TEST(Mask, does_byte_for_byte_what_the_rfc_says_at_every_size_alignment_and_offset) {
    for (std::size_t size = 0; size <= 150; ++size) {
        for (std::size_t alignment = 0; alignment < 9; ++alignment) {
            for (std::size_t offset = 0; offset < 5; ++offset) {
                std::string buffer(alignment, 'x');
                buffer += pattern(size) + "guard";
                std::string expected = buffer;
                for (std::size_t i = 0; i < size; ++i) {
                    expected[alignment + i] =
                        static_cast<char>(expected[alignment + i] ^ key[(offset + i) % 4]);
                }

                apply_mask(std::span{buffer}.subspan(alignment, size), key, offset);

                ASSERT_EQ(buffer, expected) << size << ' ' << alignment << ' ' << offset;
            }
        }
    }
}

TEST(Mask, undoes_itself_when_the_payload_is_treated_in_two_pieces) {
    const std::string payload = pattern(200);
    for (std::size_t cut = 0; cut <= payload.size(); ++cut) {
        std::string bytes = payload;
        apply_mask(bytes, key);

        apply_mask(std::span{bytes}.first(cut), key);
        apply_mask(std::span{bytes}.subspan(cut), key, cut);

        ASSERT_EQ(bytes, payload) << cut;
    }
}

TEST(Mask, leaves_everything_as_it_is_with_a_key_of_zeros) {
    std::string bytes = pattern(77);

    apply_mask(bytes, MaskingKey{}, 3);

    EXPECT_EQ(bytes, pattern(77));
}

}  // namespace
}  // namespace berth::wire
