// SPDX-License-Identifier: MIT
#include "wire/frame_writer.hpp"

#include <algorithm>

#include "wire/close_code.hpp"
#include "wire/require.hpp"
#include "wire/utf8.hpp"

namespace berth::wire {

namespace {

void append(std::string& to, FrameHeader header, std::string_view payload,
            const std::optional<MaskingKey>& key) {
    require(!is_control(header.opcode) || payload.size() <= control_payload_bytes_max,
            "a control frame has at most 125 bytes of payload");
    header.payload_bytes = payload.size();
    header.masked = key.has_value();
    if (key) header.key = *key;

    std::array<char, frame_header_bytes_max> bytes;
    to.append(bytes.data(), write_header(bytes.data(), header));
    const std::size_t payload_at = to.size();
    to.append(payload);
    if (key) apply_mask(std::span{to}.subspan(payload_at), *key);
}

}  // namespace

std::size_t write_header(char* to, const FrameHeader& header) noexcept {
    char* at = to;
    const auto put = [&at](std::uint64_t byte) { *at++ = static_cast<char>(byte & 0xFF); };
    const std::uint64_t bytes = header.payload_bytes;
    const unsigned mask_bit = header.masked ? 0x80 : 0;

    put((header.fin ? 0x80u : 0u) | header.rsv | static_cast<unsigned>(header.opcode));
    if (bytes < 126) {
        put(mask_bit | bytes);
    } else if (bytes <= 0xFFFF) {
        put(mask_bit | 126);
        put(bytes >> 8);
        put(bytes);
    } else {
        put(mask_bit | 127);
        for (int shift = 56; shift >= 0; shift -= 8) put(bytes >> shift);
    }
    if (header.masked) {
        for (const std::uint8_t byte : header.key) put(byte);
    }
    return static_cast<std::size_t>(at - to);
}

EncodedHeader encode_header(Opcode opcode, std::uint64_t payload_bytes) noexcept {
    EncodedHeader encoded;
    encoded.size = static_cast<std::uint8_t>(write_header(
        encoded.bytes.data(), FrameHeader{.payload_bytes = payload_bytes, .opcode = opcode, .fin = true}));
    return encoded;
}

void append_frame(std::string& to, Opcode opcode, std::string_view payload, std::optional<MaskingKey> key) {
    append(to, FrameHeader{.opcode = opcode, .fin = true}, payload, key);
}

void append_message(std::string& to, MessageKind kind, std::string_view payload, bool is_compressed,
                    std::optional<MaskingKey> key) {
    append(to,
           FrameHeader{.opcode = kind == MessageKind::text ? Opcode::text : Opcode::binary,
                       .rsv = is_compressed ? rsv1 : std::uint8_t{0},
                       .fin = true},
           payload, key);
}

void append_fragmented(std::string& to, MessageKind kind, std::string_view payload,
                       std::size_t fragment_bytes_max, const std::function<MaskingKey()>& next_key) {
    require(fragment_bytes_max > 0, "a fragment may hold at least one byte");
    Opcode opcode = kind == MessageKind::text ? Opcode::text : Opcode::binary;
    do {
        const std::string_view part = payload.substr(0, fragment_bytes_max);
        payload.remove_prefix(part.size());
        append(to, FrameHeader{.opcode = opcode, .fin = payload.empty()}, part,
               next_key ? std::optional{next_key()} : std::nullopt);
        opcode = Opcode::continuation;
    } while (!payload.empty());
}

void append_close(std::string& to, std::uint16_t code, std::string_view reason,
                  std::optional<MaskingKey> key) {
    if (code == close_code::no_status) return append_frame(to, Opcode::close, {}, key);
    require(may_be_sent(code, key ? Role::client : Role::server), "a close code that may be sent");

    std::array<char, control_payload_bytes_max> payload;
    payload[0] = static_cast<char>(code >> 8);
    payload[1] = static_cast<char>(code & 0xFF);
    reason = utf8_prefix(reason, close_reason_bytes_max);
    std::copy(reason.begin(), reason.end(), payload.begin() + 2);
    append_frame(to, Opcode::close, {payload.data(), 2 + reason.size()}, key);
}

}  // namespace berth::wire
