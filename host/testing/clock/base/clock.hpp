// SPDX-License-Identifier: MIT
/// Stands before base/clock.hpp where the worker is compiled for the test host: the same names, virtual time.
#pragma once

#include <chrono>
#include <cstdint>

namespace berth::host {

/// Time points are those of the monotonic clock; now is what the host that this thread drives says, on other threads
/// the one that was driven last.
struct Clock : std::chrono::steady_clock {
    static time_point now() noexcept;
};
using TimePoint = Clock::time_point;
using Milliseconds = std::chrono::milliseconds;

}  // namespace berth::host
