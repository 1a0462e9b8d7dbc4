// SPDX-License-Identifier: MIT
/// Time: intervals and time-outs use the monotonic clock; the wall clock is for people (SEMANTICS: events).
#pragma once

#include <chrono>
#include <cstdint>

namespace berth::host {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Milliseconds = std::chrono::milliseconds;

/// Milliseconds since 1970-01-01 UTC.
inline std::int64_t wall_clock_ms() {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace berth::host
