// SPDX-License-Identifier: MIT
/// Base64 (RFC 4648 §4) for the two fixed sizes that the handshake knows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace berth::wire {

/// Writes the encoding of `bytes`, padded, at `to`, which has room for 4 characters per 3 bytes begun.
void encode_base64(std::span<const std::uint8_t> bytes, char* to) noexcept;

/// Whether `text` is the one encoding of some `bytes` bytes: right alphabet and padding, spare bits zero.
[[nodiscard]] bool is_base64_of(std::string_view text, std::size_t bytes) noexcept;

}  // namespace berth::wire
