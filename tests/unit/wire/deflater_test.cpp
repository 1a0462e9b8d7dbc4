// SPDX-License-Identifier: MIT
#include "wire/deflater.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "unit/wire/frames.hpp"
#include "unit/wire/inflating.hpp"

namespace berth::wire {
namespace {

TEST(Deflater, writes_the_examples_of_the_rfc) {
    Deflater deflater({}, true);
    EXPECT_EQ(deflated(deflater, "Hello"), raw({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00})) << "RFC 7692 §7.2.3.1";
    EXPECT_EQ(deflated(deflater, "Hello"), raw({0xf2, 0x00, 0x11, 0x00, 0x00})) << "RFC 7692 §7.2.3.2";
    EXPECT_EQ(deflated(deflater, ""), raw({0x00})) << "RFC 7692 §7.2.3.6";
}

TEST(Deflater, begins_each_message_anew_when_it_takes_no_context_over) {
    Deflater deflater({}, false);
    const std::string first = deflated(deflater, "Hello");
    EXPECT_EQ(deflated(deflater, "Hello"), first);
    EXPECT_EQ(deflated(deflater, ""), raw({0x00}));
    EXPECT_EQ(deflated(deflater, "Hello"), first);
}

TEST(Deflater, makes_messages_of_every_length_window_and_memory_that_come_back) {
    for (const bool takes_over : {true, false}) {
        for (std::uint8_t bits = 9; bits <= 15; ++bits) {
            Deflater deflater({.window_bits = bits, .level = static_cast<std::uint8_t>(bits - 6), .memory_level = static_cast<std::uint8_t>(bits - 6)}, takes_over);
            Inflater inflater(bits, takes_over);
            for (const std::size_t length : {0u, 1u, 100u, 8187u, 8188u, 8192u, 8193u, 0u, 70'000u}) {
                for (const std::string& payload : {words(length), noise(length)}) {
                    EXPECT_TRUE(inflated(inflater, deflated(deflater, payload)) == payload)
                        << length << " bytes, window of " << int{bits} << " bits";
                }
            }
        }
    }
}

TEST(Deflater, appends_and_leaves_alone_what_was_there) {
    Deflater deflater({}, false);
    std::string to = "before";
    deflater.append(to, "Hello");
    deflater.append(to, "");
    EXPECT_EQ(to, "before" + raw({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00}));
}

TEST(Deflater, owns_memory_from_its_first_message_on_and_no_more_than_is_documented) {
    for (const DeflateSettings settings : {DeflateSettings{15, 6, 8}, DeflateSettings{9, 1, 1}, DeflateSettings{12, 9, 9}}) {
        Deflater deflater(settings, true);
        EXPECT_EQ(deflater.held_bytes(), 0u);
        std::ignore = deflated(deflater, "");
        EXPECT_EQ(deflater.held_bytes(), 0u) << "an empty message needs nothing";
        std::ignore = deflated(deflater, "Hello");
        const std::size_t tables = (std::size_t{1} << (settings.window_bits + 2)) + (std::size_t{1} << (settings.memory_level + 9));
        EXPECT_GE(deflater.held_bytes(), tables);
        EXPECT_LE(deflater.held_bytes(), tables + 6 * 1024 + 512);
        const std::size_t first = deflater.held_bytes();
        std::ignore = deflated(deflater, noise(100'000));
        EXPECT_EQ(deflater.held_bytes(), first);
    }
}

}  // namespace
}  // namespace berth::wire
