// SPDX-License-Identifier: MIT
/// What each connection says, one message after another, and what must come back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bench/load/options.hpp"
#include "bench/load/pattern.hpp"

namespace berth::bench {

inline constexpr unsigned in_flight_max = 1024;

/// How far the answers of one connection have come.
struct Incoming {
    std::uint32_t number = 0;  ///< of the message whose answer is coming
    std::size_t bytes = 0;     ///< of it that have come
};

class Traffic {
public:
    explicit Traffic(const Options& options);

    /// The frames of `count` messages (at most in_flight) of a connection from number `first` on. The view
    /// holds until the next call.
    std::span<const char> frames(std::uint16_t connection, std::uint32_t first, unsigned count);

    /// Compares bytes that have come with those that must come for the messages of `speaker`, and answers how
    /// many messages became whole with them. Throws Failure at the first byte that differs.
    unsigned take(std::uint16_t speaker, Incoming& incoming, std::span<const char> bytes);

private:
    Pattern& pattern(std::uint16_t connection, std::uint32_t number) noexcept {
        return patterns_.size() == 1 ? patterns_.front()
                                     : patterns_[(connection + number) % patterns_.size()];
    }

    std::vector<Pattern> patterns_;  ///< one for each size
    std::vector<char> mixed_;        ///< frames of several sizes
};

}  // namespace berth::bench
