// SPDX-License-Identifier: MIT
#include "bench/load/traffic.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "bench/load/failure.hpp"

namespace berth::bench {

Traffic::Traffic(const Options& options) {
    const unsigned batch_max = options.sizes.size() == 1 ? options.in_flight : 1;
    for (const std::size_t size : options.sizes)
        patterns_.emplace_back(Pattern::Form{size, options.is_text, options.is_mirrored}, batch_max);
}

std::span<const char> Traffic::frames(std::uint16_t connection, std::uint32_t first, unsigned count) {
    if (patterns_.size() == 1) return patterns_.front().frames(connection, first, count);
    mixed_.clear();
    for (unsigned i = 0; i < count; ++i) {
        const auto frame = pattern(connection, first + i).frames(connection, first + i, 1);
        mixed_.insert(mixed_.end(), frame.begin(), frame.end());
    }
    return mixed_;
}

unsigned Traffic::take(std::uint16_t speaker, Incoming& incoming, std::span<const char> bytes) {
    unsigned whole = 0;
    while (!bytes.empty()) {
        const auto answer = pattern(speaker, incoming.number).answer(speaker, incoming.number);
        const std::size_t piece = std::min(bytes.size(), answer.size() - incoming.bytes);
        if (std::memcmp(bytes.data(), answer.data() + incoming.bytes, piece) != 0)
            throw Failure("connection " + std::to_string(speaker) + ": message " +
                          std::to_string(incoming.number) + " came back otherwise than it was sent");
        bytes = bytes.subspan(piece);
        incoming.bytes += piece;
        if (incoming.bytes == answer.size()) {
            ++incoming.number;
            incoming.bytes = 0;
            ++whole;
        }
    }
    return whole;
}

}  // namespace berth::bench
