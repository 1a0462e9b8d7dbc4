// SPDX-License-Identifier: MIT
#include "wire/frame_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/wire/frames.hpp"
#include "unit/wire/recording_sink.hpp"
#include "wire/close_code.hpp"

namespace berth::wire {
namespace {

using testing::ElementsAre;

TEST(FrameWriter, writes_the_examples_of_the_rfc) {
    std::string bytes;
    append_frame(bytes, Opcode::text, "Hello");
    EXPECT_EQ(bytes, raw({0x81, 0x05, 'H', 'e', 'l', 'l', 'o'}));

    bytes.clear();
    append_frame(bytes, Opcode::text, "Hello", test_key);
    EXPECT_EQ(bytes, raw({0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58}));

    bytes.clear();
    append_message(bytes, MessageKind::text, raw({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}), true);
    EXPECT_EQ(bytes, raw({0xc1, 0x07, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00})) << "RFC 7692 §7.2.3.1";
    bytes.clear();
    append_message(bytes, MessageKind::buffer, "Hello", false, test_key);
    EXPECT_EQ(bytes, raw({0x82, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58}));

    EXPECT_EQ(encode_header(Opcode::binary, 256).view(), raw({0x82, 0x7E, 0x01, 0x00}));
    EXPECT_EQ(encode_header(Opcode::binary, 65536).view(), raw({0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(FrameWriter, chooses_the_shortest_length_and_says_how_long_the_header_is) {
    struct Case {
        std::uint64_t payload_bytes;
        std::size_t header_bytes;
    };
    for (const Case& one :
         {Case{0, 2}, Case{125, 2}, Case{126, 4}, Case{65535, 4}, Case{65536, 10}, Case{1ull << 40, 10}}) {
        EXPECT_EQ(frame_header_bytes(one.payload_bytes, false), one.header_bytes);
        EXPECT_EQ(frame_header_bytes(one.payload_bytes, true), one.header_bytes + 4);
        EXPECT_EQ(encode_header(Opcode::text, one.payload_bytes).size, one.header_bytes);
    }
}

TEST(FrameWriter, writes_reserved_bits_and_unfinished_frames_where_asked) {
    char header[frame_header_bytes_max];
    EXPECT_EQ(write_header(header, FrameHeader{.opcode = Opcode::text, .rsv = rsv1, .fin = false}), 2u);
    EXPECT_EQ(std::string_view(header, 2), raw({0x41, 0x00}));
}

TEST(FrameWriter, appends_behind_what_is_there) {
    std::string bytes = "before";
    append_frame(bytes, Opcode::ping, "x", MaskingKey{1, 2, 3, 4});
    EXPECT_EQ(bytes, "before" + raw({0x89, 0x81, 1, 2, 3, 4, 'x' ^ 1}));
}

TEST(FrameWriter, is_understood_by_the_parser_of_the_other_side) {
    for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u}) {
        const FrameLimits limits{.message_bytes_max = 65536};
        const std::string payload(size, 'y');
        std::string plain;
        std::string masked;
        append_frame(plain, Opcode::binary, payload);
        append_frame(masked, Opcode::binary, payload, test_key);
        EXPECT_THAT(events_of(plain, Role::client, limits), ElementsAre("buffer " + payload));
        EXPECT_THAT(events_of(masked, Role::server, limits), ElementsAre("buffer " + payload));
    }
}

TEST(FrameWriter, cuts_a_message_into_fragments_with_a_key_each) {
    std::string bytes;
    int keys = 0;
    append_fragmented(bytes, MessageKind::text, "abcdefg", 3, [&keys] {
        return MaskingKey{static_cast<std::uint8_t>(++keys), 0, 0, 0};
    });
    EXPECT_EQ(keys, 3);
    EXPECT_EQ(bytes, raw({0x01, 0x83, 1, 0, 0, 0, 'a' ^ 1, 'b', 'c'}) +
                         raw({0x00, 0x83, 2, 0, 0, 0, 'd' ^ 2, 'e', 'f'}) +
                         raw({0x80, 0x81, 3, 0, 0, 0, 'g' ^ 3}));
    EXPECT_THAT(events_of(bytes), ElementsAre("text abcdefg"));
}

TEST(FrameWriter, leaves_a_message_that_fits_in_one_frame) {
    std::string bytes;
    append_fragmented(bytes, MessageKind::buffer, "abc", 3);
    append_fragmented(bytes, MessageKind::text, "", 3);
    EXPECT_EQ(bytes, raw({0x82, 0x03, 'a', 'b', 'c', 0x81, 0x00}));
}

TEST(FrameWriter, writes_closes_with_code_and_reason_or_with_neither) {
    std::string bytes;
    append_close(bytes, 1001, "bye");
    EXPECT_EQ(bytes, raw({0x88, 0x05, 0x03, 0xE9, 'b', 'y', 'e'}));

    bytes.clear();
    append_close(bytes, close_code::no_status, "unused");
    EXPECT_EQ(bytes, raw({0x88, 0x00}));

    bytes.clear();
    append_close(bytes, 1010, "", test_key);
    EXPECT_THAT(events_of(bytes), ElementsAre("closed 1010 "));
}

TEST(FrameWriter, cuts_a_close_reason_at_a_character) {
    std::string bytes;
    append_close(bytes, 1000, std::string(122, 'r') + "\xE2\x82\xAC");
    EXPECT_THAT(events_of(bytes, Role::client), ElementsAre("closed 1000 " + std::string(122, 'r')));
}

TEST(FrameWriterDeathTest, ends_the_process_rather_than_break_the_protocol) {
    std::string bytes;
    EXPECT_DEATH(append_frame(bytes, Opcode::ping, std::string(126, 'x')), "at most 125 bytes");
    EXPECT_DEATH(append_close(bytes, 1006, ""), "a close code that may be sent");
    EXPECT_DEATH(append_close(bytes, 1010, ""), "a close code that may be sent");
    EXPECT_DEATH(append_fragmented(bytes, MessageKind::text, "x", 0), "at least one byte");
}

}  // namespace
}  // namespace berth::wire
