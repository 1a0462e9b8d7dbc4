// SPDX-License-Identifier: MIT
/// The monotonic clock, and limits on it that cannot overflow.
#pragma once

#include <chrono>
#include <cstdint>

namespace berth::client::inner {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Milliseconds = std::chrono::milliseconds;

inline constexpr TimePoint never = TimePoint::max();

/// `ms` after `from`; `never` for a negative number and for what lies beyond the clock.
[[nodiscard]] constexpr TimePoint after(TimePoint from, std::int64_t ms) noexcept {
    if (ms < 0) return never;
    const auto left = std::chrono::duration_cast<Milliseconds>(never - from);
    return Milliseconds{ms} >= left ? never : from + Milliseconds{ms};
}

}  // namespace berth::client::inner
