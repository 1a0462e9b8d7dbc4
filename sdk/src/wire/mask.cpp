// SPDX-License-Identifier: MIT
#include "wire/mask.hpp"

#include <bit>
#include <cstring>

namespace berth::wire {

namespace {

constexpr std::size_t lane_bytes = 32;

/// Sixteen bytes at a time in any compiler's vector registers, twice a round.
using Lane [[gnu::vector_size(16)]] = std::uint8_t;

void xor_lane(char* at, const Lane& key) noexcept {
    Lane lane;
    std::memcpy(&lane, at, sizeof lane);
    lane ^= key;
    std::memcpy(at, &lane, sizeof lane);
}

}  // namespace

void apply_mask(std::span<char> bytes, MaskingKey key, std::size_t offset) noexcept {
    MaskingKey turned{};
    for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = key[(offset + i) & 3];

    char* at = bytes.data();
    std::size_t left = bytes.size();
    if (left >= lane_bytes) {
        Lane pattern;
        for (std::size_t i = 0; i < sizeof pattern; i += turned.size()) {
            std::memcpy(reinterpret_cast<char*>(&pattern) + i, turned.data(), turned.size());
        }
        for (; left >= lane_bytes; at += lane_bytes, left -= lane_bytes) {
            xor_lane(at, pattern);
            xor_lane(at + sizeof pattern, pattern);
        }
    }

    const auto word_key = std::bit_cast<std::uint32_t>(turned);
    for (; left >= sizeof word_key; at += sizeof word_key, left -= sizeof word_key) {
        std::uint32_t word = 0;
        std::memcpy(&word, at, sizeof word);
        word ^= word_key;
        std::memcpy(at, &word, sizeof word);
    }
    for (std::size_t i = 0; i < left; ++i)
        at[i] = static_cast<char>(static_cast<std::uint8_t>(at[i]) ^ turned[i]);
}

}  // namespace berth::wire
