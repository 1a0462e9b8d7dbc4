// SPDX-License-Identifier: MIT
/// Writes frames: headers into small arrays, whole frames onto the end of a buffer.
///
/// A key means a client's frame, masked (RFC 6455 §5.3 asks for a fresh unpredictable key each); none means a
/// server's. Nothing here allocates but the growth of the buffer given.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "wire/frame.hpp"

namespace berth::wire {

/// An encoded header, to be sent in front of its payload.
struct EncodedHeader {
    std::array<char, frame_header_bytes_max> bytes;
    std::uint8_t size;

    [[nodiscard]] std::string_view view() const noexcept { return {bytes.data(), size}; }
};

/// The bytes of a header before a payload of that size; never more than frame_header_bytes_max.
[[nodiscard]] constexpr std::size_t frame_header_bytes(std::uint64_t payload_bytes, bool masked) noexcept {
    return 2u + (payload_bytes < 126 ? 0u : payload_bytes <= 0xFFFF ? 2u : 8u) + (masked ? 4u : 0u);
}

/// Writes the header at `to`, which has room for frame_header_bytes_max; answers its size. `header.masked`
/// decides whether the key is written; lengths get their shortest form (RFC 6455 §5.2).
std::size_t write_header(char* to, const FrameHeader& header) noexcept;

/// The header of a frame that is a whole server message, or a control frame.
[[nodiscard]] EncodedHeader encode_header(Opcode opcode, std::uint64_t payload_bytes) noexcept;

/// Appends one frame; the payload is copied, and masked where there is a key. A control frame's payload
/// must have at most 125 bytes.
void append_frame(std::string& to, Opcode opcode, std::string_view payload,
                  std::optional<MaskingKey> key = {});

/// Appends one message as a single frame. `is_compressed`: the payload is that of a message with permessage-deflate
/// (Deflater), and the frame says so by RSV1 (RFC 7692 §6).
void append_message(std::string& to, MessageKind kind, std::string_view payload, bool is_compressed,
                    std::optional<MaskingKey> key = {});

/// Appends one message as frames of at most `fragment_bytes_max` (> 0) payload bytes each. A client's frames
/// get their keys from `next_key`, which is called once a frame; without it they are a server's.
void append_fragmented(std::string& to, MessageKind kind, std::string_view payload,
                       std::size_t fragment_bytes_max, const std::function<MaskingKey()>& next_key = {});

/// Appends a close frame. close_code::no_status gives one without payload; a reason over 123 bytes is cut at
/// a character. The code must be one that may be sent (may_be_sent), the reason valid UTF-8.
void append_close(std::string& to, std::uint16_t code, std::string_view reason,
                  std::optional<MaskingKey> key = {});

}  // namespace berth::wire
