// SPDX-License-Identifier: MIT
/// Turns what a frame parser says into lines of text, so that two readings can be compared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/frame_parser.hpp"

namespace berth::wire {

class RecordingSink : public FrameSink {
public:
    Flow message(const Message& message) override {
        const std::string kind = message.kind == MessageKind::text ? "text" : "buffer";
        return note(kind + " " + std::string{message.payload});
    }
    Flow ping(std::string_view payload) override { return note("ping " + std::string{payload}); }
    Flow pong(std::string_view payload) override { return note("pong " + std::string{payload}); }
    void closed(std::uint16_t code, std::string_view reason) override {
        note("closed " + std::to_string(code) + " " + std::string{reason});
    }
    void failed(FrameError error) override {
        note("failed " + std::to_string(error.code) + " " + std::string{error.sentence});
    }

    std::vector<std::string> events;
    bool pauses = false;  ///< asks for a pause after each event

private:
    Flow note(std::string line) {
        events.push_back(std::move(line));
        return pauses ? Flow::pause : Flow::go_on;
    }
};

/// Reads `bytes` in pieces of at most `piece` bytes, each in a buffer of its own size.
inline void feed(FrameParser& parser, FrameSink& sink, std::string_view bytes, std::size_t piece) {
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        std::string part{bytes.substr(at, piece)};
        parser.consume(part, sink);
    }
}

/// What a fresh parser says about `bytes`, read in pieces of at most `piece` bytes.
inline std::vector<std::string> events_of(std::string_view bytes, Role role = Role::server,
                                          FrameLimits limits = {},
                                          std::size_t piece = std::string_view::npos) {
    FrameParser parser{role, limits};
    RecordingSink sink;
    feed(parser, sink, bytes, std::min(piece, bytes.size() + 1));
    return sink.events;
}

}  // namespace berth::wire
