// SPDX-License-Identifier: MIT
/// What a WebSocket frame is made of (RFC 6455 §5.2), and the two ends of a connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire/mask.hpp"

namespace berth::wire {

/// Which end of the connection we are. A server reads masked frames and writes plain ones; a client the
/// other way round (RFC 6455 §5.1).
enum class Role : std::uint8_t { server, client };

enum class Opcode : std::uint8_t {
    continuation = 0x0,
    text = 0x1,
    binary = 0x2,
    close = 0x8,
    ping = 0x9,
    pong = 0xA
};

/// Close, ping and pong: at most 125 bytes, never fragmented (RFC 6455 §5.5).
[[nodiscard]] constexpr bool is_control(Opcode opcode) noexcept {
    return (static_cast<std::uint8_t>(opcode) & 0x8) != 0;
}

/// The three reserved bits as they stand in the header's first byte.
inline constexpr std::uint8_t rsv1 = 0x40;
inline constexpr std::uint8_t rsv2 = 0x20;
inline constexpr std::uint8_t rsv3 = 0x10;

inline constexpr std::size_t frame_header_bytes_max = 14;
inline constexpr std::size_t control_payload_bytes_max = 125;
inline constexpr std::size_t close_reason_bytes_max = 123;

/// A decoded frame header.
struct FrameHeader {
    std::uint64_t payload_bytes = 0;
    MaskingKey key{};  ///< zero when not masked
    Opcode opcode = Opcode::continuation;
    std::uint8_t rsv = 0;  ///< any of rsv1, rsv2, rsv3
    bool fin = false;
    bool masked = false;
};

/// What the payload of a message is.
enum class MessageKind : std::uint8_t { text, buffer };

/// A protocol failure: the close code to answer with, and a static sentence that names the rule.
struct FrameError {
    std::uint16_t code = 0;
    std::string_view sentence;
};

}  // namespace berth::wire
