// SPDX-License-Identifier: MIT
/// Whole messages through deflater and inflater, and what to compress.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

#include "wire/deflater.hpp"
#include "wire/inflater.hpp"

namespace berth::wire {

inline std::string deflated(Deflater& deflater, std::string_view payload) {
    std::string to;
    deflater.append(to, payload);
    return to;
}

/// As a message of its own.
inline std::string deflated(std::string_view payload) {
    Deflater deflater({}, false);
    return deflated(deflater, payload);
}

/// What a message in pieces of at most `piece` bytes becomes, taken with room for `room` bytes; "broken" when it is.
inline std::string inflated(Inflater& inflater, std::string_view message, std::size_t piece = std::string_view::npos,
                            std::size_t room = 1000) {
    std::string out, free(room, '\0');
    const auto take = [&] {
        for (;;) {
            const auto made = inflater.take(free);
            out.append(free, 0, made.bytes);
            if (made.is_broken || made.bytes < room) return !made.is_broken;
        }
    };
    for (std::size_t at = 0; at < message.size(); at += std::min(piece, message.size())) {
        inflater.give(message.substr(at, piece));
        if (!take()) return "broken";
    }
    inflater.give_end();
    return take() && inflater.end() ? out : "broken";
}

/// That many bytes that compress well, and not at all.
inline std::string words(std::size_t length) {
    std::string text;
    for (std::size_t i = 0; text.size() < length; ++i) text += "the ship lies at quay " + std::to_string(i % 97) + ", ";
    return text.substr(0, length);
}
inline std::string noise(std::size_t length) {
    std::minstd_rand random{static_cast<std::minstd_rand::result_type>(length + 1)};
    std::string bytes(length, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() >> 8 & 0xFF);
    return bytes;
}

}  // namespace berth::wire
