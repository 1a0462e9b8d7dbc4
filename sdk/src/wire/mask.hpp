// SPDX-License-Identifier: MIT
/// The masking of client frames (RFC 6455 §5.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace berth::wire {

/// The four bytes in the order in which they stand in the frame.
using MaskingKey = std::array<std::uint8_t, 4>;

/// Masks or unmasks (the same operation) `bytes` in place. `offset` is the position of bytes[0] within
/// its frame's payload, so that a payload can be treated in pieces.
void apply_mask(std::span<char> bytes, MaskingKey key, std::size_t offset = 0) noexcept;

}  // namespace berth::wire
