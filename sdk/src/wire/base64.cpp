// SPDX-License-Identifier: MIT
#include "wire/base64.hpp"

namespace berth::wire {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

void encode_base64(std::span<const std::uint8_t> bytes, char* to) noexcept {
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t have = bytes.size() - at < 3 ? bytes.size() - at : 3;
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (i < have ? bytes[at + i] : 0u);
        for (std::size_t i = 0; i < 4; ++i) {
            *to++ = i <= have ? alphabet[group >> (18 - 6 * i) & 0x3F] : '=';
        }
    }
}

bool is_base64_of(std::string_view text, std::size_t bytes) noexcept {
    if (text.size() != (bytes + 2) / 3 * 4) return false;
    const std::size_t padding = (3 - bytes % 3) % 3;
    const std::string_view digits = text.substr(0, text.size() - padding);
    if (text.substr(digits.size()).find_first_not_of('=') != std::string_view::npos) return false;
    if (digits.find_first_not_of(alphabet) != std::string_view::npos) return false;
    const std::size_t spare_bits = 2 * padding;
    return digits.empty() || (alphabet.find(digits.back()) & ((1u << spare_bits) - 1)) == 0;
}

}  // namespace berth::wire
