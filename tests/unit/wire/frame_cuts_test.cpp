// SPDX-License-Identifier: MIT
// Wherever a stream is cut, a parser says the same about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "unit/wire/frames.hpp"
#include "unit/wire/recording_sink.hpp"
#include "wire/frame_parser.hpp"

namespace berth::wire {
namespace {

using Opcode::binary;
using Opcode::continuation;
using Opcode::ping;
using Opcode::pong;
using Opcode::text;

constexpr FrameLimits limits{.message_bytes_max = 400, .fragments_max = 4};

/// Streams that between them hold every kind of frame, length form, event and failure.
std::vector<std::string> streams() {
    const std::string talk = client_frame(text, "h\xC3\xA9llo") +
                             client_frame(binary, std::string(130, '\0')) + client_frame(text, "", false) +
                             client_frame(ping, "between") + client_frame(continuation, "\xF0\x9F", false) +
                             client_frame(pong, "") + client_frame(continuation, "\x98\x80") +
                             client_frame(binary, "");
    return {
        talk + client_close(1000, "done") + client_frame(text, "after"),
        talk + client_frame(Opcode::close, ""),
        talk + client_frame(Opcode::close, "x"),
        talk + client_close(1005),
        talk + client_close(1001, "\xC3"),
        talk + client_frame(text, "ok\xFFno"),
        talk + client_frame(text, "\xE2\x82", false) + client_frame(continuation, "\x41"),
        talk + client_frame(binary, std::string(401, 'x')),
        talk + client_frame(binary, std::string(200, 'x'), false) +
            client_frame(continuation, std::string(201, 'x')),
        talk + client_frame(text, "1", false) + client_frame(continuation, "2", false) +
            client_frame(continuation, "3", false) + client_frame(continuation, "4", false) +
            client_frame(continuation, "5"),
        talk + client_frame(continuation, ""),
        talk + client_frame(text, "a", false) + client_frame(text, "b"),
        talk + client_frame(ping, "", false),
        talk + client_frame(Opcode{11}, ""),
        talk + client_frame(text, "", true, rsv3),
        talk + raw({0x81, 0x01, 'x'}),
        talk + raw({0x82, 0xFE, 0, 3, 0, 0, 0, 0, 1, 2, 3}),
        talk + raw({0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
        talk + raw({0x89, 0xFE, 0, 126}),
        talk + client_frame(text, "unfinished").substr(0, 9),
    };
}

TEST(FrameCuts, change_nothing_when_a_stream_comes_in_pieces_of_any_one_size) {
    for (const std::string& stream : streams()) {
        const auto whole = events_of(stream, Role::server, limits);
        ASSERT_GE(whole.size(), 6u);
        for (std::size_t piece = 1; piece < stream.size(); ++piece) {
            ASSERT_EQ(events_of(stream, Role::server, limits, piece), whole) << "pieces of " << piece;
        }
    }
}

TEST(FrameCuts, change_nothing_when_a_stream_is_cut_in_two_anywhere) {
    for (const std::string& stream : streams()) {
        const auto whole = events_of(stream, Role::server, limits);
        for (std::size_t cut = 1; cut < stream.size(); ++cut) {
            FrameParser parser{Role::server, limits};
            RecordingSink sink;
            std::string first = stream.substr(0, cut);
            std::string second = stream.substr(cut);
            parser.consume(first, sink);
            parser.consume(second, sink);
            ASSERT_EQ(sink.events, whole) << "cut at " << cut;
        }
    }
}

TEST(FrameCuts, change_nothing_when_a_stream_is_cut_in_three_anywhere) {
    const std::string stream = client_frame(text, "\xF0\x9F\x98\x80", false) + client_frame(ping, "ab") +
                               client_frame(continuation, "cd") + client_close(4000, "e");
    const auto whole = events_of(stream, Role::server, limits);
    for (std::size_t first = 1; first < stream.size(); ++first) {
        for (std::size_t second = first + 1; second < stream.size(); ++second) {
            FrameParser parser{Role::server, limits};
            RecordingSink sink;
            feed(parser, sink, std::string_view{stream}.substr(0, first), first);
            feed(parser, sink, std::string_view{stream}.substr(first, second - first), second);
            feed(parser, sink, std::string_view{stream}.substr(second), stream.size());
            ASSERT_EQ(sink.events, whole) << "cut at " << first << " and " << second;
        }
    }
}

TEST(FrameCuts, change_nothing_when_the_sink_pauses_after_every_event) {
    for (const std::string& stream : streams()) {
        const auto whole = events_of(stream, Role::server, limits);
        for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{64}, stream.size()}) {
            FrameParser parser{Role::server, limits};
            RecordingSink sink;
            sink.pauses = true;
            std::string waiting;
            for (std::size_t at = 0; at < stream.size() || !waiting.empty(); at += piece) {
                if (at < stream.size()) waiting += stream.substr(at, piece);
                waiting.erase(0, parser.consume(waiting, sink));
            }
            ASSERT_EQ(sink.events, whole) << "pieces of " << piece;
        }
    }
}

TEST(FrameCuts, change_nothing_for_a_client_either) {
    std::string stream;
    append_frame(stream, text, "hello");
    append_fragmented(stream, MessageKind::buffer, std::string(300, 'z'), 100);
    append_frame(stream, ping, "p");
    append_close(stream, 1012, "restart");
    const auto whole = events_of(stream, Role::client, limits);
    ASSERT_THAT(whole, testing::ElementsAre("text hello", "buffer " + std::string(300, 'z'), "ping p",
                                            "closed 1012 restart"));
    for (std::size_t piece = 1; piece < stream.size(); ++piece) {
        ASSERT_EQ(events_of(stream, Role::client, limits, piece), whole) << "pieces of " << piece;
    }
}

TEST(FrameCuts, change_nothing_for_random_messages_in_random_fragments_and_pieces) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    const auto below = [&random](std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random);
    };
    for (int round = 0; round < 200; ++round) {
        std::string stream;
        std::vector<std::string> expected;
        for (std::size_t messages = 1 + below(5); messages > 0; --messages) {
            std::string payload(below(300), '\0');
            for (char& byte : payload) byte = static_cast<char>(below(256));
            append_fragmented(stream, MessageKind::buffer, payload, 1 + below(400), [&] {
                return MaskingKey{static_cast<std::uint8_t>(below(256)), 1,
                                  static_cast<std::uint8_t>(below(256)), 0};
            });
            expected.push_back("buffer " + payload);
        }
        FrameParser parser{Role::server, {.message_bytes_max = 300, .fragments_max = 300}};
        RecordingSink sink;
        for (std::size_t at = 0; at < stream.size();) {
            std::string part = stream.substr(at, 1 + below(100));
            at += part.size();
            ASSERT_EQ(parser.consume(part, sink), part.size());
        }
        ASSERT_EQ(sink.events, expected);
    }
}

}  // namespace
}  // namespace berth::wire
