// SPDX-License-Identifier: MIT
#include "wire/inflater.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "unit/wire/frames.hpp"
#include "unit/wire/inflating.hpp"

namespace berth::wire {
namespace {

const std::string hello = raw({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00});

std::string inflated_alone(std::string_view message, std::size_t piece = std::string_view::npos, std::size_t room = 1000) {
    Inflater inflater(15, true);
    return inflated(inflater, message, piece, room);
}

/// A peer that can only flush by ending its blocks (RFC 7692 §7.2.3.4), and takes its context over all the same.
class LastBlocks {
public:
    explicit LastBlocks(int window_bits) : window_bits_(window_bits) {}
    std::string message(std::string_view payload) {
        z_stream zlib{};
        deflateInit2(&zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -window_bits_, 8, Z_DEFAULT_STRATEGY);
        deflateSetDictionary(&zlib, reinterpret_cast<const unsigned char*>(sent_.data()), static_cast<unsigned>(sent_.size()));
        std::string made(deflateBound(&zlib, payload.size()) + 64, '\0');
        zlib.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(payload.data()));
        zlib.avail_in = static_cast<unsigned>(payload.size());
        zlib.next_out = reinterpret_cast<unsigned char*>(made.data());
        zlib.avail_out = static_cast<unsigned>(made.size());
        EXPECT_EQ(deflate(&zlib, Z_FINISH), Z_STREAM_END);
        made.resize(made.size() - zlib.avail_out);
        deflateEnd(&zlib);
        sent_ += payload;
        return made.append(1, '\0');
    }

private:
    int window_bits_;
    std::string sent_;
};

TEST(Inflater, reads_the_examples_of_the_rfc) {
    Inflater inflater(15, true);
    EXPECT_EQ(inflated(inflater, hello), "Hello") << "RFC 7692 §7.2.3.1";
    EXPECT_EQ(inflated(inflater, raw({0xf2, 0x00, 0x11, 0x00, 0x00})), "Hello") << "RFC 7692 §7.2.3.2";
    EXPECT_EQ(inflated(inflater, raw({0x00, 0x05, 0x00, 0xfa, 0xff, 'H', 'e', 'l', 'l', 'o', 0x00})), "Hello")
        << "RFC 7692 §7.2.3.3: a block without compression";
    EXPECT_EQ(inflated(inflater, raw({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00})), "Hello")
        << "RFC 7692 §7.2.3.4: a block with BFINAL";
    EXPECT_EQ(inflated(inflater, raw({0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00})), "Hello")
        << "RFC 7692 §7.2.3.5: two blocks";
    EXPECT_EQ(inflated(inflater, raw({0x00})), "") << "RFC 7692 §7.2.3.6: an empty message";
    EXPECT_EQ(inflated(inflater, raw({0x02, 0x00})), "") << "an empty message by an empty compressed block";
    EXPECT_EQ(inflated(inflater, hello), "Hello") << "and goes on";
}

TEST(Inflater, makes_the_same_of_a_message_cut_anywhere_into_room_of_any_size) {
    const std::string payload = words(3000);
    const std::string message = deflated(payload);
    for (std::size_t piece = 1; piece <= message.size(); ++piece) ASSERT_EQ(inflated_alone(message, piece), payload) << piece;
    for (std::size_t room = 1; room <= 40; ++room) ASSERT_EQ(inflated_alone(message, 7, room), payload) << room;
}

TEST(Inflater, sees_the_end_of_a_message_whose_last_byte_fills_the_room) {
    // The omitted bytes are the payload of its last block.
    const std::string message = raw({0x00, 0x05, 0x00, 0xfa, 0xff, 'H'});
    for (std::size_t room = 1; room <= 6; ++room) EXPECT_EQ(inflated_alone(message, 1, room), raw({'H', 0, 0, 0xff, 0xff})) << room;
}

TEST(Inflater, makes_no_more_than_there_is_room_for) {
    Inflater inflater(15, false);
    const std::string bomb = deflated(std::string(10'000'000, '\0'));
    ASSERT_LT(bomb.size(), 20'000u);
    inflater.give(bomb);
    std::string room(100, 'x');
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(inflater.take(room).bytes, 100u);
    EXPECT_LE(inflater.held_bytes(), Inflater::context_bytes(15));
}

TEST(Inflater, refers_to_earlier_messages_only_where_contexts_are_taken_over) {
    const std::string again = raw({0xf2, 0x00, 0x11, 0x00, 0x00});
    Inflater alone(15, false);
    EXPECT_EQ(inflated(alone, hello), "Hello");
    EXPECT_EQ(inflated(alone, again), "broken");
    Inflater keeping(15, true);
    EXPECT_EQ(inflated(keeping, raw({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00})), "Hello");
    EXPECT_EQ(inflated(keeping, again), "Hello") << "a block that calls itself the last does not end the context";
}

TEST(Inflater, keeps_its_window_over_blocks_that_call_themselves_the_last) {
    for (std::uint8_t bits = 9; bits <= 15; bits += 3) {
        LastBlocks sender(bits);
        Inflater inflater(bits, true);
        // Of which the window holds the end only, or several, and the reference goes around its edge.
        for (const std::size_t length : {100u, 300u, 7'000u, 50'000u, 200u, 0u, 200u, 32'768u, 32'767u}) {
            const std::string payload = noise(length);
            const std::string first = sender.message(payload), again = sender.message(payload);
            const bool is_in_window = length > 0 && length < (std::size_t{1} << bits) / 2;
            ASSERT_TRUE(!is_in_window || again.size() < length / 2) << "it does not refer to the first";
            ASSERT_TRUE(inflated(inflater, first, 333, 97) == payload) << length;
            ASSERT_TRUE(inflated(inflater, again) == payload) << length;
        }
        EXPECT_LE(inflater.held_bytes(), Inflater::context_bytes(bits));
    }
}

TEST(Inflater, makes_nothing_of_a_hundred_thousand_empty_last_blocks_and_goes_on) {
    std::string blocks;
    for (int i = 0; i < 100'000; ++i) blocks += raw({0x03, 0x00});
    Inflater inflater(15, true);
    EXPECT_EQ(inflated(inflater, hello), "Hello");
    EXPECT_EQ(inflated(inflater, blocks + raw({0x00})), "");
    EXPECT_EQ(inflated(inflater, raw({0xf2, 0x00, 0x11, 0x00, 0x00})), "Hello") << "the window is still there";
    EXPECT_LE(inflater.held_bytes(), Inflater::context_bytes(15));
}

TEST(Inflater, refuses_references_beyond_the_window_that_was_agreed) {
    // A message whose second half is found 20,000 bytes before, with nothing in between that repeats.
    const std::string payload = noise(20'000) + noise(20'000);
    const std::string message = deflated(payload);
    ASSERT_LT(message.size(), 25'000u);
    Inflater large(15, true), small(14, true);
    EXPECT_TRUE(inflated(large, message) == payload);
    EXPECT_EQ(inflated(small, message), "broken");
}

TEST(Inflater, tells_what_is_not_deflate) {
    EXPECT_EQ(inflated_alone(raw({0xff, 0xff, 0xff, 0xff})), "broken") << "a kind of block that is reserved";
    EXPECT_EQ(inflated_alone(raw({0x00, 0x05, 0x00, 0xfa, 0xfe, 'H', 'e', 'l', 'l', 'o', 0x00})), "broken")
        << "a length that its complement does not confirm";
    EXPECT_EQ(inflated_alone(raw({0xf2, 0x00, 0x11, 0x00, 0x00})), "broken") << "a reference to before the beginning";
}

TEST(Inflater, tells_messages_that_end_where_none_may) {
    EXPECT_EQ(inflated_alone(hello.substr(0, 4)), "broken") << "inside a block";
    EXPECT_EQ(inflated_alone(hello.substr(0, 6)), "broken") << "before the omitted bytes";
    EXPECT_EQ(inflated_alone(raw({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00})), "broken") << "after a block with BFINAL";
    Inflater inflater(15, true);
    inflater.give_end();
    std::string room(10, '\0');
    EXPECT_EQ(inflater.take(room).bytes, 0u);
    EXPECT_FALSE(inflater.end()) << "no byte at all";
}

TEST(Inflater, owns_memory_between_messages_only_where_contexts_are_taken_over_and_no_more_than_it_says) {
    for (std::uint8_t bits = 8; bits <= 15; ++bits) {
        Inflater keeping(bits, true), alone(bits, false);
        EXPECT_EQ(keeping.held_bytes(), 0u);
        EXPECT_EQ(inflated(keeping, hello), "Hello");
        EXPECT_EQ(inflated(alone, hello), "Hello");
        EXPECT_EQ(alone.held_bytes(), 0u);
        EXPECT_LE(keeping.held_bytes(), Inflater::context_bytes(bits));
        EXPECT_GE(keeping.held_bytes() + 512, Inflater::context_bytes(bits));
        keeping.release();
        EXPECT_EQ(keeping.held_bytes(), 0u);
    }
}

}  // namespace
}  // namespace berth::wire
