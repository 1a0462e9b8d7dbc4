// SPDX-License-Identifier: MIT
#include "bench/load/pattern.hpp"

#include <cstring>
#include <string_view>

namespace berth::bench {

namespace {

using Key = std::array<unsigned char, 4>;
constexpr Key masking_key{0x5a, 0xc3, 0x17, 0xe8};

/// What follows the stamp: no two neighbours alike, and for texts one to four bytes a character.
std::string filler(std::size_t bytes, bool is_text) {
    std::string filler;
    filler.reserve(bytes);
    if (is_text) {
        constexpr std::string_view words =
            "harbour, \xd0\xbf\xd1\x80\xd0\xb8\xd1\x87\xd0\xb0\xd0\xbb, "
            "\xe6\xb8\xaf\xe5\x8f\xa3 \xf0\x9f\x9a\xa2 ";
        while (filler.size() + words.size() <= bytes) filler += words;
        filler.append(bytes - filler.size(), '.');
    } else {
        for (std::size_t i = 0; i < bytes; ++i) filler += static_cast<char>(i * 167 + (i >> 8));
    }
    return filler;
}

/// RFC 6455 §5.2: a whole message in one frame.
std::string frame(std::string payload, bool is_text, bool is_masked) {
    std::string frame(1, static_cast<char>(is_text ? 0x81 : 0x82));
    const std::size_t size = payload.size();
    const unsigned mask_bit = is_masked ? 0x80 : 0;
    const unsigned length_bytes = size < 126 ? 0 : size <= 0xFFFF ? 2 : 8;
    frame += static_cast<char>(mask_bit | (length_bytes == 0 ? size : length_bytes == 2 ? 126u : 127u));
    for (unsigned i = length_bytes; i-- > 0;) frame += static_cast<char>(size >> (8 * i));
    if (is_masked) {
        for (const unsigned char byte : masking_key) frame += static_cast<char>(byte);
        for (std::size_t i = 0; i < size; ++i)
            payload[i] = static_cast<char>(static_cast<unsigned char>(payload[i]) ^ masking_key[i % 4]);
    }
    return frame + payload;
}

Stamp stamp_key() {
    std::array<unsigned char, sizeof(Stamp)> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = masking_key[i % 4];
    Stamp key = 0;
    std::memcpy(&key, bytes.data(), sizeof key);
    return key;
}

}  // namespace

// Six bits a byte, spread by halves: 48 = 2 * 24 = 4 * 12 = 8 * 6.
Stamp make_stamp(std::uint16_t connection, std::uint32_t number) noexcept {
    Stamp bits = static_cast<Stamp>(connection) << 32 | number;
    bits = (bits & 0xFF'FFFF) | (bits & 0xFFFF'FF00'0000) << 8;
    bits = (bits & 0x0000'0FFF'0000'0FFF) | (bits & 0x00FF'F000'00FF'F000) << 4;
    bits = (bits & 0x003F'003F'003F'003F) | (bits & 0x0FC0'0FC0'0FC0'0FC0) << 2;
    return bits + 0x3030'3030'3030'3030;
}

Pattern::Pattern(Form form, unsigned batch_max) : key_(stamp_key()) {
    const std::string payload =
        std::string(sizeof(Stamp), '0') + filler(form.payload_bytes - sizeof(Stamp), form.is_text);
    const std::string sent = frame(payload, form.is_text, true);
    const std::string back = form.is_mirrored ? sent : frame(payload, form.is_text, false);
    frame_bytes_ = sent.size();
    frame_stamp_ = sent.size() - payload.size();
    answer_stamp_ = back.size() - payload.size();
    answer_key_ = form.is_mirrored ? key_ : 0;
    answer_.assign(back.begin(), back.end());
    for (unsigned i = 0; i < batch_max; ++i) batch_.insert(batch_.end(), sent.begin(), sent.end());
}

std::span<const char> Pattern::frames(std::uint16_t connection, std::uint32_t first,
                                      unsigned count) noexcept {
    char* at = batch_.data() + frame_stamp_;
    for (unsigned i = 0; i < count; ++i, at += frame_bytes_) {
        const Stamp stamp = make_stamp(connection, first + i) ^ key_;
        std::memcpy(at, &stamp, sizeof stamp);
    }
    return {batch_.data(), count * frame_bytes_};
}

std::span<const char> Pattern::answer(std::uint16_t connection, std::uint32_t number) noexcept {
    const Stamp stamp = make_stamp(connection, number) ^ answer_key_;
    std::memcpy(answer_.data() + answer_stamp_, &stamp, sizeof stamp);
    return answer_;
}

}  // namespace berth::bench
