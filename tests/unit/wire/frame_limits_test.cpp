// SPDX-License-Identifier: MIT
// What a peer may make the parser keep, and how early it is told that something can not become right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/wire/frames.hpp"
#include "unit/wire/recording_sink.hpp"
#include "wire/frame_parser.hpp"

namespace berth::wire {
namespace {

using Opcode::binary;
using Opcode::continuation;
using Opcode::ping;
using Opcode::text;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string too_big = "failed 1009 message of more bytes than allowed (RFC 6455 §7.4.1)";
const std::string not_utf8 = "failed 1007 text that is not UTF-8 (RFC 6455 §8.1)";

/// How many bytes a parser has taken, one by one, when it fails.
std::size_t bytes_until_failure(const std::string& stream, FrameLimits limits = {}) {
    FrameParser parser{Role::server, limits};
    RecordingSink sink;
    std::size_t taken = 0;
    for (const char byte : stream) {
        if (parser.is_finished()) break;
        std::string one{byte};
        parser.consume(one, sink);
        ++taken;
    }
    EXPECT_TRUE(parser.is_finished());
    return taken;
}

TEST(FrameLimits, accept_a_message_of_exactly_the_most_bytes_whole_or_in_fragments) {
    const FrameLimits limits{.message_bytes_max = 200};
    const std::string most(200, 'x');
    EXPECT_THAT(events_of(client_frame(text, most), Role::server, limits), ElementsAre("text " + most));
    EXPECT_THAT(events_of(client_frame(text, std::string(100, 'x'), false) +
                              client_frame(continuation, std::string(100, 'x')),
                          Role::server, limits),
                ElementsAre("text " + most));
}

TEST(FrameLimits, refuse_a_larger_message_at_its_header_before_key_and_payload) {
    const FrameLimits limits{.message_bytes_max = 200};
    EXPECT_THAT(events_of(raw({0x82, 0xFE, 0, 201}), Role::server, limits), ElementsAre(too_big));
    EXPECT_THAT(events_of(raw({0x82, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0}), Role::server, limits),
                ElementsAre(too_big))
        << "2^40";
    EXPECT_THAT(
        events_of(raw({0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}), Role::server, limits),
        ElementsAre(too_big));
    EXPECT_EQ(bytes_until_failure(client_frame(binary, std::string(201, 'x')), limits), 4u);
}

TEST(FrameLimits, count_all_fragments_of_a_message_together) {
    const FrameLimits limits{.message_bytes_max = 200};
    const std::string stream = client_frame(text, std::string(150, 'x'), false) +
                               client_frame(ping, std::string(125, 'p')) +
                               client_frame(continuation, std::string(51, 'x'));
    EXPECT_THAT(events_of(stream, Role::server, limits),
                ElementsAre("ping " + std::string(125, 'p'), too_big));
    EXPECT_EQ(bytes_until_failure(stream, limits), stream.size() - 4 - 51) << "before key and payload";
}

TEST(FrameLimits, let_a_limit_of_zero_bytes_pass_only_empty_messages) {
    const FrameLimits limits{.message_bytes_max = 0};
    EXPECT_THAT(events_of(client_frame(text, "") + client_frame(ping, "p") + client_frame(text, "x"),
                          Role::server, limits),
                ElementsAre("text ", "ping p", too_big));
}

TEST(FrameLimits, refuse_the_fragment_after_the_last_one_allowed) {
    const FrameLimits limits{.fragments_max = 3};
    const std::string two = client_frame(text, "a", false) + client_frame(continuation, "b", false);
    EXPECT_THAT(events_of(two + client_frame(continuation, "c"), Role::server, limits),
                ElementsAre("text abc"));
    EXPECT_THAT(events_of(two + client_frame(continuation, "c", false) + client_frame(continuation, "d"),
                          Role::server, limits),
                ElementsAre("failed 1008 message of more frames than allowed (RFC 6455 §10.4)"));
    EXPECT_THAT(events_of(two + client_frame(continuation, "c") + two + client_frame(continuation, "c"),
                          Role::server, limits),
                ElementsAre("text abc", "text abc"))
        << "each message counts anew";
}

TEST(FrameLimits, hold_memory_for_bytes_that_came_and_not_for_lengths_that_were_announced) {
    FrameParser parser{Role::server, {.message_bytes_max = 1 << 20}};
    RecordingSink sink;
    const std::string frame = client_frame(binary, std::string(1 << 20, 'x'));
    std::string head = frame.substr(0, 14);
    parser.consume(head, sink);
    EXPECT_EQ(parser.held_bytes(), 0u);

    std::size_t fed = head.size();
    while (fed < frame.size()) {
        std::string part = frame.substr(fed, 1000);
        fed += part.size();
        parser.consume(part, sink);
        EXPECT_LE(parser.held_bytes(), std::min<std::size_t>(1 << 20, 2 * fed + 1024));
    }

    EXPECT_EQ(sink.events.size(), 1u);
    EXPECT_EQ(parser.held_bytes(), 0u);
}

TEST(FrameLimits, bound_the_memory_of_a_fragmented_message_and_the_control_frame_within_it) {
    const FrameLimits limits{.message_bytes_max = 5000, .fragments_max = 10000};
    FrameParser parser{Role::server, limits};
    RecordingSink sink;
    const std::string control = client_frame(ping, std::string(125, 'p'));
    for (int i = 0; i < 5000; ++i) {
        feed(parser, sink, client_frame(i == 0 ? binary : continuation, "x", false), 100);
        feed(parser, sink, control, 50);
        ASSERT_LE(parser.held_bytes(), 5000u + 125u);
    }
    feed(parser, sink, client_frame(continuation, ""), 100);

    EXPECT_EQ(sink.events.size(), 5001u);
    EXPECT_EQ(sink.events.back(), "buffer " + std::string(5000, 'x'));
    EXPECT_EQ(parser.held_bytes(), 0u);
}

TEST(FrameLimits, release_memory_when_a_split_control_frame_ends_and_when_the_peer_fails) {
    FrameParser parser{Role::server};
    RecordingSink sink;
    feed(parser, sink, client_frame(ping, "split"), 9);
    EXPECT_EQ(parser.held_bytes(), 0u);

    feed(parser, sink, client_frame(binary, std::string(50, 'x'), false), 20);
    EXPECT_GT(parser.held_bytes(), 0u);
    feed(parser, sink, client_frame(binary, ""), 1);

    EXPECT_EQ(parser.held_bytes(), 0u);
    EXPECT_EQ(sink.events.back(), "failed 1002 new message inside a fragmented one (RFC 6455 §5.4)");
}

TEST(FrameLimits, fail_at_the_first_byte_of_a_header_that_breaks_a_rule) {
    EXPECT_EQ(bytes_until_failure(client_frame(text, "x", true, rsv2)), 1u);
    EXPECT_EQ(bytes_until_failure(client_frame(Opcode{5}, "x")), 1u);
    EXPECT_EQ(bytes_until_failure(client_frame(ping, "x", false)), 1u);
    EXPECT_EQ(bytes_until_failure(client_frame(continuation, "x")), 1u);
    EXPECT_EQ(bytes_until_failure(raw({0x81, 0x05, 'H', 'e'})), 2u) << "unmasked";
    EXPECT_EQ(bytes_until_failure(raw({0x89, 0xFE, 0, 126, 0, 0, 0, 0})), 2u) << "long ping";
    EXPECT_EQ(bytes_until_failure(raw({0x81, 0xFE, 0, 5, 0, 0, 0, 0})), 4u) << "long form";
}

TEST(FrameLimits, fail_at_the_first_byte_that_makes_text_impossible_however_it_is_cut) {
    const std::string good = "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5";
    const std::string bad = good + "\xF4\x90\x80\x80" + "edited";
    constexpr std::size_t header = 6;

    EXPECT_EQ(bytes_until_failure(client_frame(text, bad)), header + good.size() + 2);
    EXPECT_EQ(
        bytes_until_failure(client_frame(text, good, false) + client_frame(continuation, "\xF4\x90\x80\x80")),
        header + good.size() + header + 2);

    FrameParser parser{Role::server};
    RecordingSink sink;
    feed(parser, sink, client_frame(text, good + "\xF4", false), 1);
    EXPECT_THAT(sink.events, IsEmpty()) << "may still become valid";
    feed(parser, sink, client_frame(continuation, "\x90", false), 1);
    EXPECT_THAT(sink.events, ElementsAre(not_utf8)) << "the message is not whole yet";
}

}  // namespace
}  // namespace berth::wire
