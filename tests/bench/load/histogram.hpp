// SPDX-License-Identifier: MIT
/// Latencies: counted in buckets whose width grows with the value, about 1.5 % of it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace berth::bench {

class Histogram {
public:
    void add(std::uint64_t value) noexcept {
        ++counts_[bucket(value)];
        ++total_;
    }
    void clear() noexcept {
        counts_.fill(0);
        total_ = 0;
    }
    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

    /// The value below or at which the share `quantile` (0..1) of all lies; 0 when there is none.
    [[nodiscard]] std::uint64_t quantile(double quantile) const noexcept;

private:
    static constexpr unsigned fine_bits = 6;  ///< 64 buckets for each power of two
    static constexpr std::size_t buckets = (64 - fine_bits + 1) << fine_bits;

    static std::size_t bucket(std::uint64_t value) noexcept {
        if (value < (1u << fine_bits)) return value;
        const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - fine_bits - 1;
        return ((shift + 1u) << fine_bits) + ((value >> shift) & ((1u << fine_bits) - 1));
    }
    /// The middle of a bucket.
    static std::uint64_t value_of(std::size_t bucket) noexcept;

    std::array<std::uint64_t, buckets> counts_{};
    std::uint64_t total_ = 0;
};

}  // namespace berth::bench
