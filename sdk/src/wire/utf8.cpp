// SPDX-License-Identifier: MIT
#include "wire/utf8.hpp"

#include <cstring>

namespace berth::wire {

namespace {

/// Sixteen bytes in any compiler's vector registers.
using Lane [[gnu::vector_size(16)]] = std::uint64_t;

constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080u;

/// The length of an ASCII run at the front, rounded down to whole words.
std::size_t ascii_prefix(const char* at, std::size_t size) noexcept {
    constexpr std::size_t round = 2 * sizeof(Lane);
    std::size_t done = 0;
    for (; size - done >= round; done += round) {
        Lane first;
        Lane second;
        std::memcpy(&first, at + done, sizeof first);
        std::memcpy(&second, at + done + sizeof first, sizeof second);
        const Lane both = first | second;
        if (((both[0] | both[1]) & high_bits) != 0) break;
    }
    for (; size - done >= sizeof(std::uint64_t); done += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, at + done, sizeof word);
        if ((word & high_bits) != 0) break;
    }
    return done;
}

}  // namespace

// The bounds of the second byte exclude overlong forms, surrogates and what lies above U+10FFFF (RFC 3629
// §4).
bool Utf8Validator::step(std::uint8_t byte) noexcept {
    if (pending_ == 0) {
        if (byte < 0x80) return true;
        lowest_ = 0x80;
        highest_ = 0xBF;
        if (byte >= 0xC2 && byte <= 0xDF) {
            pending_ = 1;
        } else if (byte >= 0xE0 && byte <= 0xEF) {
            pending_ = 2;
            if (byte == 0xE0) lowest_ = 0xA0;
            if (byte == 0xED) highest_ = 0x9F;
        } else if (byte >= 0xF0 && byte <= 0xF4) {
            pending_ = 3;
            if (byte == 0xF0) lowest_ = 0x90;
            if (byte == 0xF4) highest_ = 0x8F;
        } else {
            pending_ = failed;
        }
        return pending_ != failed;
    }
    if (pending_ == failed || byte < lowest_ || byte > highest_) {
        pending_ = failed;
        return false;
    }
    --pending_;
    lowest_ = 0x80;
    highest_ = 0xBF;
    return true;
}

bool Utf8Validator::feed(std::string_view piece) noexcept {
    if (pending_ == failed) return false;
    const char* at = piece.data();
    std::size_t left = piece.size();
    while (left > 0) {
        if (pending_ == 0) {
            const std::size_t plain = ascii_prefix(at, left);
            at += plain;
            left -= plain;
        }
        // A few bytes one by one, so that mixed text does not look for a run again at every character.
        for (std::size_t run = left < 16 ? left : 16; run > 0; --run, ++at, --left) {
            if (!step(static_cast<std::uint8_t>(*at))) return false;
        }
    }
    return true;
}

bool is_valid_utf8(std::string_view text) noexcept {
    Utf8Validator validator;
    return validator.feed(text) && validator.is_complete();
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max) noexcept {
    if (text.size() <= bytes_max) return text;
    std::size_t size = bytes_max;
    while (size > 0 && (static_cast<std::uint8_t>(text[size]) & 0xC0) == 0x80) --size;
    return text.substr(0, size);
}

}  // namespace berth::wire
