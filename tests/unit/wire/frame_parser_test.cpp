// SPDX-License-Identifier: MIT
#include "wire/frame_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/wire/frames.hpp"
#include "unit/wire/recording_sink.hpp"

namespace berth::wire {
namespace {

using Opcode::binary;
using Opcode::continuation;
using Opcode::ping;
using Opcode::pong;
using Opcode::text;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(FrameParser, reads_the_examples_of_the_rfc) {
    EXPECT_THAT(events_of(raw({0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58})),
                ElementsAre("text Hello"));
    EXPECT_THAT(events_of(raw({0x81, 0x05, 'H', 'e', 'l', 'l', 'o'}), Role::client),
                ElementsAre("text Hello"));
    EXPECT_THAT(events_of(raw({0x01, 0x03, 'H', 'e', 'l', 0x80, 0x02, 'l', 'o'}), Role::client),
                ElementsAre("text Hello"));
    EXPECT_THAT(events_of(raw({0x89, 0x05, 'H', 'e', 'l', 'l', 'o'}), Role::client),
                ElementsAre("ping Hello"));
}

TEST(FrameParser, reads_both_kinds_of_every_length_form) {
    for (const std::size_t size : {0u, 1u, 125u, 126u, 127u, 65535u, 65536u, 70000u}) {
        const std::string payload(size, 'x');
        const FrameLimits limits{.message_bytes_max = 70000};
        EXPECT_THAT(events_of(client_frame(text, payload), Role::server, limits),
                    ElementsAre("text " + payload));
        EXPECT_THAT(events_of(client_frame(binary, payload), Role::server, limits),
                    ElementsAre("buffer " + payload));
    }
}

TEST(FrameParser, keeps_zeros_and_all_other_bytes_of_a_buffer) {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
    EXPECT_THAT(events_of(client_frame(binary, bytes)), ElementsAre("buffer " + bytes));
}

TEST(FrameParser, delivers_a_whole_message_in_place) {
    std::string bytes = client_frame(binary, "here");
    struct Sink : RecordingSink {
        Flow message(const Message& message) override {
            at = message.payload.data();
            return Flow::go_on;
        }
        const char* at = nullptr;
    } sink;
    FrameParser parser{Role::server};

    EXPECT_EQ(parser.consume(bytes, sink), bytes.size());

    EXPECT_EQ(sink.at, bytes.data() + 6);
    EXPECT_EQ(parser.held_bytes(), 0u);
}

TEST(FrameParser, puts_fragments_together_and_lets_control_frames_in_between) {
    const std::string stream = client_frame(text, "one ", false) + client_frame(ping, "p") +
                               client_frame(continuation, "two ", false) + client_frame(pong, "q") +
                               client_frame(continuation, "", false) + client_frame(continuation, "three");
    EXPECT_THAT(events_of(stream), ElementsAre("ping p", "pong q", "text one two three"));
}

TEST(FrameParser, accepts_messages_of_empty_fragments) {
    EXPECT_THAT(events_of(client_frame(text, "", false) + client_frame(continuation, "", false) +
                          client_frame(continuation, "")),
                ElementsAre("text "));
    EXPECT_THAT(events_of(client_frame(binary, "", false) + client_frame(continuation, "x")),
                ElementsAre("buffer x"));
}

TEST(FrameParser, reads_control_frames_of_no_and_of_125_bytes) {
    const std::string most(125, 'c');
    EXPECT_THAT(events_of(client_frame(ping, "") + client_frame(ping, most) + client_frame(pong, "") +
                          client_frame(pong, most)),
                ElementsAre("ping ", "ping " + most, "pong ", "pong " + most));
}

TEST(FrameParser, reads_closes_with_and_without_code_and_reason) {
    EXPECT_THAT(events_of(client_frame(Opcode::close, "")), ElementsAre("closed 1005 "));
    EXPECT_THAT(events_of(client_close(1000)), ElementsAre("closed 1000 "));
    EXPECT_THAT(events_of(client_close(4321, "bye \xE2\x82\xAC")),
                ElementsAre("closed 4321 bye \xE2\x82\xAC"));
    EXPECT_THAT(events_of(client_close(1001, std::string(123, 'r'))),
                ElementsAre("closed 1001 " + std::string(123, 'r')));
}

TEST(FrameParser, accepts_nothing_after_a_close) {
    FrameParser parser{Role::server};
    RecordingSink sink;
    std::string bytes = client_close(1000) + client_frame(text, "late") + "rubbish";

    EXPECT_EQ(parser.consume(bytes, sink), bytes.size());
    EXPECT_TRUE(parser.is_finished());
    std::string more = client_frame(ping, "later");
    EXPECT_EQ(parser.consume(more, sink), more.size());

    EXPECT_THAT(sink.events, ElementsAre("closed 1000 "));
}

TEST(FrameParser, drops_an_unfinished_message_when_the_peer_closes) {
    EXPECT_THAT(events_of(client_frame(text, "half", false) + client_close(1000)),
                ElementsAre("closed 1000 "));
}

TEST(FrameParser, delivers_what_came_before_an_error_and_nothing_after_it) {
    const std::string stream =
        client_frame(text, "good") + client_frame(Opcode{3}, "") + client_frame(text, "late");
    EXPECT_THAT(events_of(stream), ElementsAre("text good", "failed 1002 reserved opcode (RFC 6455 §5.2)"));
}

TEST(FrameParser, says_whether_it_is_amid_a_message) {
    FrameParser parser{Role::server};
    RecordingSink sink;
    EXPECT_FALSE(parser.is_amid_message());

    for (const char byte : client_frame(text, "ab", false) + client_frame(continuation, "c").substr(0, 6)) {
        std::string one{byte};
        parser.consume(one, sink);
        EXPECT_TRUE(parser.is_amid_message());
    }
    std::string last = client_frame(continuation, "c").substr(6);
    parser.consume(last, sink);

    EXPECT_FALSE(parser.is_amid_message());
    EXPECT_THAT(sink.events, ElementsAre("text abc"));
}

TEST(FrameParser, stops_after_the_event_at_which_the_sink_pauses_and_leaves_the_rest_untouched) {
    const std::string first = client_frame(text, "one");
    const std::string second = client_frame(ping, "two");
    const std::string third = client_frame(binary, "three");
    std::string bytes = first + second + third;
    FrameParser parser{Role::server};
    RecordingSink sink;
    sink.pauses = true;

    std::size_t used = parser.consume(bytes, sink);
    EXPECT_EQ(used, first.size());
    EXPECT_THAT(sink.events, ElementsAre("text one"));
    EXPECT_EQ(bytes.substr(used), second + third);

    used += parser.consume(std::span{bytes}.subspan(used), sink);
    EXPECT_EQ(used, first.size() + second.size());
    EXPECT_FALSE(parser.is_amid_message());
    used += parser.consume(std::span{bytes}.subspan(used), sink);

    EXPECT_EQ(used, bytes.size());
    EXPECT_THAT(sink.events, ElementsAre("text one", "ping two", "buffer three"));
}

TEST(FrameParser, takes_no_bytes_for_nothing) {
    FrameParser parser{Role::server};
    RecordingSink sink;
    EXPECT_EQ(parser.consume({}, sink), 0u);
    EXPECT_THAT(sink.events, IsEmpty());
    EXPECT_FALSE(parser.is_amid_message());
}

// What is refused ------------------------------------------------------------------------------------

TEST(FrameParser, refuses_frames_that_are_not_masked_as_the_role_demands) {
    EXPECT_THAT(events_of(raw({0x81, 0x00})),
                ElementsAre("failed 1002 client frame without a mask (RFC 6455 §5.1)"));
    EXPECT_THAT(events_of(client_frame(text, ""), Role::client),
                ElementsAre("failed 1002 server frame with a mask (RFC 6455 §5.1)"));
}

TEST(FrameParser, refuses_every_reserved_bit) {
    for (int bits = 1; bits < 8; ++bits) {
        for (const Opcode opcode : {text, binary, ping, pong, Opcode::close}) {
            EXPECT_THAT(
                events_of(client_frame(opcode, "", true, static_cast<std::uint8_t>(bits << 4))),
                ElementsAre("failed 1002 reserved bit set without an extension for it (RFC 6455 §5.2)"));
        }
    }
    EXPECT_THAT(events_of(client_frame(text, "", false) + client_frame(continuation, "", true, rsv1)),
                ElementsAre("failed 1002 reserved bit set without an extension for it (RFC 6455 §5.2)"));
}

TEST(FrameParser, refuses_every_reserved_opcode) {
    for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
        EXPECT_THAT(events_of(client_frame(static_cast<Opcode>(opcode), "")),
                    ElementsAre("failed 1002 reserved opcode (RFC 6455 §5.2)"))
            << opcode;
    }
}

TEST(FrameParser, refuses_fragmented_and_long_control_frames_at_their_header) {
    for (const Opcode opcode : {ping, pong, Opcode::close}) {
        EXPECT_THAT(events_of(client_frame(opcode, "", false)),
                    ElementsAre("failed 1002 fragmented control frame (RFC 6455 §5.5)"));
        const int first = 0x80 | static_cast<int>(opcode);
        for (const int length : {126, 127}) {
            EXPECT_THAT(events_of(raw({first, 0x80 | length})),
                        ElementsAre("failed 1002 control frame of more than 125 bytes (RFC 6455 §5.5)"));
        }
    }
}

TEST(FrameParser, refuses_a_continuation_with_nothing_to_continue) {
    const std::string sentence = "failed 1002 continuation without a message to continue (RFC 6455 §5.4)";
    EXPECT_THAT(events_of(client_frame(continuation, "x")), ElementsAre(sentence));
    EXPECT_THAT(events_of(client_frame(continuation, "x", false)), ElementsAre(sentence));
    EXPECT_THAT(events_of(client_frame(text, "a", false) + client_frame(continuation, "b") +
                          client_frame(continuation, "c")),
                ElementsAre("text ab", sentence));
}

TEST(FrameParser, refuses_a_new_message_inside_a_fragmented_one) {
    for (const Opcode opcode : {text, binary}) {
        EXPECT_THAT(events_of(client_frame(text, "a", false) + client_frame(opcode, "b")),
                    ElementsAre("failed 1002 new message inside a fragmented one (RFC 6455 §5.4)"));
    }
}

TEST(FrameParser, refuses_lengths_that_are_not_in_their_shortest_form) {
    const std::string sentence = "failed 1002 length not in its shortest form (RFC 6455 §5.2)";
    EXPECT_THAT(events_of(raw({0x82, 0xFE, 0, 0})), ElementsAre(sentence));
    EXPECT_THAT(events_of(raw({0x82, 0xFE, 0, 125})), ElementsAre(sentence));
    EXPECT_THAT(events_of(raw({0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 5})), ElementsAre(sentence));
    EXPECT_THAT(events_of(raw({0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})), ElementsAre(sentence));
}

TEST(FrameParser, refuses_a_length_with_its_highest_bit_set) {
    EXPECT_THAT(events_of(raw({0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0})),
                ElementsAre("failed 1002 length with its highest bit set (RFC 6455 §5.2)"));
    EXPECT_THAT(events_of(raw({0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})),
                ElementsAre("failed 1002 length with its highest bit set (RFC 6455 §5.2)"));
}

TEST(FrameParser, refuses_bad_closes) {
    EXPECT_THAT(events_of(client_frame(Opcode::close, "x")),
                ElementsAre("failed 1002 close frame with a payload of one byte (RFC 6455 §5.5.1)"));
    for (const auto code : std::initializer_list<std::uint16_t>{0, 999, 1004, 1005, 1006, 1015, 1016, 1100,
                                                                2000, 2999, 5000, 65535}) {
        EXPECT_THAT(events_of(client_close(code)),
                    ElementsAre("failed 1002 close code that may not be sent (RFC 6455 §7.4)"))
            << code;
    }
    EXPECT_THAT(events_of(client_close(1000, "\xFF")),
                ElementsAre("failed 1007 close reason that is not UTF-8 (RFC 6455 §5.5.1)"));
    EXPECT_THAT(events_of(client_close(1000, "\xE2\x82")),
                ElementsAre("failed 1007 close reason that is not UTF-8 (RFC 6455 §5.5.1)"));
}

TEST(FrameParser, accepts_every_close_code_that_may_be_received) {
    for (const auto code :
         std::initializer_list<std::uint16_t>{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012,
                                              1013, 1014, 3000, 3999, 4000, 4999}) {
        EXPECT_THAT(events_of(client_close(code)), ElementsAre("closed " + std::to_string(code) + " "));
    }
}

TEST(FrameParser, refuses_text_that_is_not_utf8_but_lets_buffers_be) {
    EXPECT_THAT(events_of(client_frame(text, "\xED\xA0\x80")),
                ElementsAre("failed 1007 text that is not UTF-8 (RFC 6455 §8.1)"));
    EXPECT_THAT(events_of(client_frame(text, "\xE2\x82")),
                ElementsAre("failed 1007 text that is not UTF-8 (RFC 6455 §8.1)"));
    EXPECT_THAT(events_of(client_frame(binary, "\xED\xA0\x80")), ElementsAre("buffer \xED\xA0\x80"));
}

TEST(FrameParser, accepts_a_character_cut_by_fragments) {
    EXPECT_THAT(events_of(client_frame(text, "\xE2", false) + client_frame(ping, "") +
                          client_frame(continuation, "\x82", false) + client_frame(continuation, "\xAC")),
                ElementsAre("ping ", "text \xE2\x82\xAC"));
    EXPECT_THAT(events_of(client_frame(text, "\xE2", false) + client_frame(continuation, "\x82")),
                ElementsAre("failed 1007 text that is not UTF-8 (RFC 6455 §8.1)"));
}

}  // namespace
}  // namespace berth::wire
