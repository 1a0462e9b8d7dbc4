// SPDX-License-Identifier: MIT
#include "support/frame.hpp"

#include <utility>

namespace berth::test {

namespace {

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>((value >> shift) & 0xFF));
}

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

}  // namespace

std::string encode(const Frame& frame, const Encoding& encoding) {
    const std::uint64_t length = encoding.announced.value_or(frame.payload.size());
    auto form = encoding.form;
    if (form == LengthForm::minimal && length > 125)
        form = length > 0xFFFF ? LengthForm::eight_bytes : LengthForm::two_bytes;
    std::string out;
    out.reserve(frame.payload.size() + 14);
    out.push_back(static_cast<char>((frame.fin ? 0x80u : 0u) | (frame.rsv & 7u) << 4 | (frame.opcode & 15u)));
    const unsigned mask_bit = encoding.masked ? 0x80u : 0u;
    switch (form) {
        case LengthForm::minimal:
            out.push_back(static_cast<char>(mask_bit | static_cast<unsigned>(length)));
            break;
        case LengthForm::two_bytes:
            out.push_back(static_cast<char>(mask_bit | 126u));
            put_big_endian(out, length, 2);
            break;
        case LengthForm::eight_bytes:
            out.push_back(static_cast<char>(mask_bit | 127u));
            put_big_endian(out, length, 8);
            break;
    }
    if (!encoding.masked) return out + frame.payload;
    put_big_endian(out, encoding.key, 4);
    for (std::size_t i = 0; i < frame.payload.size(); ++i)
        out.push_back(static_cast<char>(static_cast<unsigned char>(frame.payload[i]) ^
                                        (encoding.key >> (24 - 8 * (i % 4)) & 0xFFu)));
    return out;
}

std::string close_payload(unsigned code, std::string_view reason) {
    std::string out;
    put_big_endian(out, code, 2);
    return out.append(reason);
}

unsigned close_code(const Frame& frame) {
    if (frame.payload.empty()) return 1005;
    if (frame.payload.size() == 1) return 0;
    return static_cast<unsigned>(big_endian(std::string_view{frame.payload}.substr(0, 2)));
}

std::string close_reason(const Frame& frame) {
    return frame.payload.size() > 2 ? frame.payload.substr(2) : std::string{};
}

void FrameReader::complain(std::string sentence) {
    if (violation_.empty()) violation_ = std::move(sentence);
}

std::optional<Frame> FrameReader::next() {
    const std::string_view rest = std::string_view{in_}.substr(at_);
    if (rest.size() < 2) return std::nullopt;
    const auto first = static_cast<unsigned char>(rest[0]), second = static_cast<unsigned char>(rest[1]);
    std::size_t head = 2;
    std::uint64_t length = second & 0x7Fu;
    if (length >= 126) {
        const std::size_t bytes = length == 126 ? 2 : 8;
        if (rest.size() < head + bytes) return std::nullopt;
        length = big_endian(rest.substr(head, bytes));
        head += bytes;
        if (length <= (bytes == 2 ? 125u : 0xFFFFu))
            complain("the length is not written in the shortest form");
    }
    if (second & 0x80u) {
        complain("a server must not mask");
        head += 4;
    }
    if (rest.size() < head || rest.size() - head < length) return std::nullopt;
    Frame frame{.opcode = first & 15u,
                .payload = std::string{rest.substr(head, length)},
                .fin = (first & 0x80u) != 0,
                .rsv = first >> 4 & 7u};
    const bool begins_a_message = frame.opcode == opcode::text || frame.opcode == opcode::binary;
    if (frame.rsv != 0 && !(may_compress_ && frame.rsv == rsv1 && begins_a_message)) complain("reserved bits are set");
    if ((frame.opcode > 2 && frame.opcode < 8) || frame.opcode > 10) complain("the opcode is reserved");
    if (frame.opcode >= 8 && (length > 125 || !frame.fin)) complain("a control frame is long or split");
    at_ += head + length;
    if (at_ > 65536 && at_ * 2 > in_.size()) {
        in_.erase(0, at_);
        at_ = 0;
    }
    return frame;
}

}  // namespace berth::test
