// SPDX-License-Identifier: MIT
/// What no server may take for good (RFC 6455 sections 5 and 7, RFC 3629): frames, sequences, texts, ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berth::test {

/// Bytes by name.
struct Sample {
    std::string name;
    std::string bytes;
};

/// That many bytes that are neither constant nor valid UTF-8.
std::string some_bytes(std::size_t count);
/// The plain bit pattern for a number in that many bytes, whether RFC 3629 allows it or not.
std::string utf8_pattern(std::uint32_t number, int bytes);
std::string hexadecimal(std::uint32_t number);
/// A masked frame.
std::string frame_of(unsigned code, std::string_view payload, bool fin);

/// Lengths that are not written in the shortest form (1002).
std::vector<Sample> frames_of_long_forms();
/// (1002)
std::vector<Sample> frames_without_mask();
std::vector<Sample> frames_with_reserved_bits();
std::vector<Sample> frames_with_reserved_opcodes();
/// Several frames each, a protocol error wherever they stand (1002).
std::vector<Sample> wrong_sequences_of_frames();
/// Payloads of a close frame (1002).
std::vector<Sample> bad_close_codes();
std::vector<Sample> bad_close_payloads();
/// (1007)
std::vector<Sample> bad_close_reasons();
/// Each is wrong at its last byte at the latest; whatever could follow cannot save it (1007).
std::vector<Sample> texts_that_are_not_utf8();

}  // namespace berth::test
