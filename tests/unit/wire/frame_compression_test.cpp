// SPDX-License-Identifier: MIT
/// Messages with permessage-deflate (RFC 7692) through the frame parser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/wire/frames.hpp"
#include "unit/wire/inflating.hpp"
#include "unit/wire/recording_sink.hpp"

namespace berth::wire {
namespace {

using testing::ElementsAre;

constexpr auto text = Opcode::text;
constexpr auto binary = Opcode::binary;
constexpr auto continuation = Opcode::continuation;

/// What a parser with permessage-deflate says about `bytes`, read in pieces of at most `piece` bytes.
std::vector<std::string> compressed_events(std::string_view bytes, FrameLimits limits = {}, bool takes_over = true,
                                           std::size_t piece = std::string_view::npos) {
    Inflater inflater(15, takes_over);
    FrameParser parser{Role::server, limits, &inflater};
    RecordingSink sink;
    feed(parser, sink, bytes, std::min(piece, bytes.size() + 1));
    return sink.events;
}

std::string compressed_frame(Opcode opcode, std::string_view payload) {
    return client_frame(opcode, deflated(payload), true, rsv1);
}

/// Every kind of message, with control frames between fragments.
std::string talk() {
    const std::string long_text = deflated(words(40'000));
    return compressed_frame(text, "Hello") + client_frame(text, "plain") + compressed_frame(binary, raw({0xff, 0, 0xfe})) +
           client_frame(text, long_text.substr(0, 1), false, rsv1) + client_frame(Opcode::ping, "between") +
           client_frame(continuation, "", false) + client_frame(continuation, long_text.substr(1, 200), false) +
           client_frame(Opcode::pong, "again") + client_frame(continuation, long_text.substr(201)) +
           compressed_frame(text, "") + client_frame(text, "", false, rsv1) + client_frame(continuation, deflated("late")) +
           client_close(1000, "done");
}

TEST(FrameCompression, delivers_what_compressed_messages_become_in_order_with_plain_ones) {
    EXPECT_THAT(compressed_events(talk()),
                ElementsAre("text Hello", "text plain", "buffer " + raw({0xff, 0, 0xfe}), "ping between", "pong again",
                            "text " + words(40'000), "text ", "text late", "closed 1000 done"));
}

TEST(FrameCompression, says_the_same_however_the_stream_is_cut) {
    const auto whole = compressed_events(talk());
    for (const std::size_t piece : {1u, 2u, 3u, 7u, 100u, 1000u}) EXPECT_EQ(compressed_events(talk(), {}, true, piece), whole) << piece;
    EXPECT_EQ(compressed_events(talk(), {}, false, 5), whole) << "these messages do not refer to each other";
}

TEST(FrameCompression, reads_the_examples_of_the_rfc_in_frames) {
    const std::string first = raw({0xf2, 0x48, 0xcd}), second = raw({0xc9, 0xc9, 0x07, 0x00});
    EXPECT_THAT(compressed_events(client_frame(text, first, false, rsv1) + client_frame(continuation, second) +
                                  client_frame(text, raw({0xf2, 0x00, 0x11, 0x00, 0x00}), true, rsv1)),
                ElementsAre("text Hello", "text Hello"));
}

TEST(FrameCompression, permits_its_bit_on_the_first_frame_of_a_message_only) {
    const std::string refused = "failed 1002 reserved bit set without an extension for it (RFC 6455 §5.2)";
    EXPECT_THAT(events_of(compressed_frame(text, "Hello")), ElementsAre(refused)) << "not negotiated";
    for (const Opcode control : {Opcode::ping, Opcode::pong, Opcode::close})
        EXPECT_THAT(compressed_events(client_frame(control, "", true, rsv1)), ElementsAre(refused));
    EXPECT_THAT(compressed_events(client_frame(text, deflated("a"), false, rsv1) + client_frame(continuation, "", true, rsv1)),
                ElementsAre(refused));
    EXPECT_THAT(compressed_events(client_frame(text, "a", false) + client_frame(continuation, "", true, rsv1)), ElementsAre(refused));
    for (const int bits : {0x20, 0x10, 0x60, 0x50, 0x70})
        EXPECT_THAT(compressed_events(client_frame(text, "a", true, static_cast<std::uint8_t>(bits))), ElementsAre(refused)) << bits;
}

TEST(FrameCompression, holds_what_messages_become_to_the_limit) {
    const std::string too_big = "failed 1009 message of more bytes than allowed (RFC 6455 §7.4.1)";
    for (const std::size_t limit : {1u, 100u, 16'383u, 16'384u, 16'385u, 50'000u}) {
        const FrameLimits limits{.message_bytes_max = limit};
        for (const std::size_t piece : {std::size_t{1}, std::size_t{999}, std::string_view::npos}) {
            EXPECT_EQ(compressed_events(compressed_frame(text, words(limit)), limits, true, piece),
                      std::vector{"text " + words(limit)});
            EXPECT_EQ(compressed_events(compressed_frame(binary, noise(limit)), limits, true, piece),
                      std::vector{"buffer " + noise(limit)})
                << "which is longer than the limit when it is compressed";
            EXPECT_THAT(compressed_events(compressed_frame(text, words(limit + 1)), limits, true, piece), ElementsAre(too_big));
            EXPECT_THAT(compressed_events(compressed_frame(binary, noise(limit + 1)), limits, true, piece), ElementsAre(too_big));
        }
    }
    EXPECT_THAT(compressed_events(client_frame(text, deflated("12345678"), false, rsv1) + client_frame(continuation, ""),
                                  {.message_bytes_max = 7}),
                ElementsAre(too_big))
        << "before the message is whole";
}

TEST(FrameCompression, ends_a_bomb_at_the_limit_with_no_memory_beyond_it) {
    const std::string bomb = client_frame(binary, deflated(std::string(20'000'000, '\0')), true, rsv1);
    ASSERT_LT(bomb.size(), 20'000u);
    Inflater inflater(15, true);
    FrameParser parser{Role::server, {.message_bytes_max = 1'000'000}, &inflater};
    RecordingSink sink;
    std::size_t most = 0;
    for (std::size_t at = 0; at < bomb.size() && sink.events.empty(); at += 10) {
        std::string part = bomb.substr(at, 10);
        parser.consume(part, sink);
        most = std::max(most, parser.held_bytes());
    }
    EXPECT_THAT(sink.events, ElementsAre("failed 1009 message of more bytes than allowed (RFC 6455 §7.4.1)"));
    EXPECT_LE(most, 1'000'000u);
    EXPECT_EQ(parser.held_bytes(), 0u);
    EXPECT_EQ(inflater.held_bytes(), 0u);
}

TEST(FrameCompression, refuses_a_length_at_the_header_that_no_message_within_the_limit_can_have) {
    const std::string header = raw({0xC2, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4});
    EXPECT_THAT(compressed_events(header, {.message_bytes_max = 1000}),
                ElementsAre("failed 1009 message of more bytes than allowed (RFC 6455 §7.4.1)"));
}

TEST(FrameCompression, refuses_endless_empty_blocks) {
    std::string blocks;
    for (int i = 0; i < 300; ++i) blocks += raw({0, 0, 0, 0xff, 0xff});
    std::string stream = client_frame(text, "", false, rsv1);
    for (int i = 0; i < 3; ++i) stream += client_frame(continuation, blocks, false);
    const FrameLimits limits{.message_bytes_max = 2000, .fragments_max = 10};
    EXPECT_THAT(compressed_events(stream, limits), ElementsAre("failed 1009 message of more bytes than allowed (RFC 6455 §7.4.1)"));
}

TEST(FrameCompression, checks_text_as_it_is_inflated) {
    const std::string refused = "failed 1007 text that is not UTF-8 (RFC 6455 §8.1)";
    EXPECT_THAT(compressed_events(compressed_frame(text, "\xFF")), ElementsAre(refused));
    EXPECT_THAT(compressed_events(compressed_frame(text, "\xE2\x82")), ElementsAre(refused)) << "cut inside a character";
    EXPECT_THAT(compressed_events(client_frame(text, deflated("bad\xFF"), false, rsv1)), ElementsAre(refused))
        << "before the message is whole";
    EXPECT_THAT(compressed_events(compressed_frame(binary, "\xFF")), ElementsAre("buffer \xFF"));
    std::string euros;
    for (int i = 0; i < 10'000; ++i) euros += "\xE2\x82\xAC";
    EXPECT_EQ(compressed_events(compressed_frame(text, euros)), std::vector{"text " + euros}) << "characters over every seam";
}

TEST(FrameCompression, tells_what_is_wrong_first_however_the_stream_is_cut) {
    const FrameLimits limits{.message_bytes_max = 100};
    const std::string ill_and_long = compressed_frame(text, "ab\xFF" + words(300));
    for (const std::size_t piece : {std::size_t{1}, std::size_t{50}, std::string_view::npos}) {
        EXPECT_THAT(compressed_events(ill_and_long, limits, true, piece),
                    ElementsAre("failed 1007 text that is not UTF-8 (RFC 6455 §8.1)"));
    }
}

TEST(FrameCompression, tells_what_is_not_deflate) {
    const std::string refused = "failed 1007 compressed message that is not DEFLATE (RFC 7692 §7.2.2)";
    EXPECT_THAT(compressed_events(client_frame(text, "\xFF\xFF", true, rsv1)), ElementsAre(refused));
    EXPECT_THAT(compressed_events(client_frame(text, "", true, rsv1)), ElementsAre(refused)) << "no byte at all";
    EXPECT_THAT(compressed_events(client_frame(text, deflated("Hello").substr(0, 5), true, rsv1)), ElementsAre(refused));
    const std::string again = client_frame(text, raw({0xf2, 0x00, 0x11, 0x00, 0x00}), true, rsv1);
    EXPECT_THAT(compressed_events(compressed_frame(text, "Hello") + again, {}, false), ElementsAre("text Hello", refused))
        << "a context that was not to be taken over";
}

TEST(FrameCompression, keeps_no_memory_between_messages_but_the_context) {
    Inflater inflater(15, true);
    FrameParser parser{Role::server, {}, &inflater};
    RecordingSink sink;
    feed(parser, sink, compressed_frame(text, words(60'000)), 100);
    EXPECT_EQ(parser.held_bytes(), 0u);
    EXPECT_FALSE(parser.is_amid_message());
    EXPECT_LE(inflater.held_bytes(), Inflater::context_bytes(15));
    feed(parser, sink, client_frame(text, "", false, rsv1), 100);
    EXPECT_TRUE(parser.is_amid_message());
}

TEST(FrameCompression, pauses_between_compressed_messages) {
    Inflater inflater(15, true);
    FrameParser parser{Role::server, {}, &inflater};
    RecordingSink sink;
    sink.pauses = true;
    const std::string first = compressed_frame(text, "one");
    std::string both = first + compressed_frame(text, "two");
    EXPECT_EQ(parser.consume(both, sink), first.size());
    std::string rest = both.substr(first.size());
    EXPECT_EQ(parser.consume(rest, sink), rest.size());
    EXPECT_THAT(sink.events, ElementsAre("text one", "text two"));
}

}  // namespace
}  // namespace berth::wire
