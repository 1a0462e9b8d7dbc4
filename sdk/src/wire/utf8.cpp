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

bool continues(char c) noexcept {
    return (static_cast<std::uint8_t>(c) & 0xC0) == 0x80;
}

/// The size of the valid character at `at`, where four bytes can be read; 0 when there is none.
std::size_t character_size(const char* at) noexcept {
    const auto first = static_cast<std::uint8_t>(at[0]);
    const auto second = static_cast<std::uint8_t>(at[1]);
    if (first < 0x80) return 1;
    if (!continues(at[1])) return 0;
    if (first < 0xE0) return first >= 0xC2 ? 2 : 0;
    if (!continues(at[2])) return 0;
    if (first < 0xF0) return (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ? 0 : 3;
    if (!continues(at[3]) || first > 0xF4) return 0;
    return (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F) ? 0 : 4;
}

/// The length of valid whole characters at the front, up to where a run of ASCII seems to begin.
std::size_t character_prefix(const char* at, std::size_t size) noexcept {
    constexpr int ascii_run = 16;
    std::size_t done = 0;
    for (int ascii = 0; size - done >= 4 && ascii < ascii_run;) {
        const std::size_t character = character_size(at + done);
        if (character == 0) break;
        ascii = character == 1 ? ascii + 1 : 0;
        done += character;
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
    while (!piece.empty()) {
        if (pending_ == 0) {
            piece.remove_prefix(ascii_prefix(piece.data(), piece.size()));
            piece.remove_prefix(character_prefix(piece.data(), piece.size()));
            if (piece.empty()) break;
        }
        // What is cut, impossible, or too near the end for the quick ways.
        if (!step(static_cast<std::uint8_t>(piece.front()))) return false;
        piece.remove_prefix(1);
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
