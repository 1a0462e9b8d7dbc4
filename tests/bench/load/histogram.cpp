// SPDX-License-Identifier: MIT
#include "bench/load/histogram.hpp"

namespace berth::bench {

std::uint64_t Histogram::value_of(std::size_t bucket) noexcept {
    const std::size_t power = bucket >> fine_bits;
    if (power == 0) return bucket;
    const std::uint64_t fine = bucket & ((1u << fine_bits) - 1);
    const std::uint64_t width = std::uint64_t{1} << (power - 1);
    return ((std::uint64_t{1} << fine_bits) + fine) * width + width / 2;
}

std::uint64_t Histogram::quantile(double quantile) const noexcept {
    const double wanted = quantile * static_cast<double>(total_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        seen += counts_[i];
        if (counts_[i] != 0 && static_cast<double>(seen) >= wanted) return value_of(i);
    }
    return 0;
}

}  // namespace berth::bench
