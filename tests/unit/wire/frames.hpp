// SPDX-License-Identifier: MIT
/// Frames for tests, also wrong ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/frame.hpp"
#include "wire/frame_writer.hpp"

namespace berth::wire {

inline constexpr MaskingKey test_key{0x37, 0xFA, 0x21, 0x3D};

/// A frame of a client, as a server reads it.
inline std::string client_frame(Opcode opcode, std::string_view payload, bool fin = true,
                                std::uint8_t rsv = 0) {
    char header[frame_header_bytes_max];
    const std::size_t size = write_header(header, FrameHeader{.payload_bytes = payload.size(),
                                                              .key = test_key,
                                                              .opcode = opcode,
                                                              .rsv = rsv,
                                                              .fin = fin,
                                                              .masked = true});
    std::string frame{header, size};
    const std::size_t at = frame.size();
    frame += payload;
    apply_mask(std::span{frame}.subspan(at), test_key);
    return frame;
}

/// The bytes given, for headers that no writer would write.
inline std::string raw(std::initializer_list<int> bytes) {
    std::string text;
    for (const int byte : bytes) text.push_back(static_cast<char>(byte));
    return text;
}

/// A client's close frame with this code and reason.
inline std::string client_close(std::uint16_t code, std::string_view reason = {}) {
    return client_frame(Opcode::close, raw({code >> 8, code & 0xFF}) + std::string{reason});
}

}  // namespace berth::wire
