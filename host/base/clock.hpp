// SPDX-License-Identifier: MIT
/// Time: intervals and time-outs use the monotonic clock; the wall clock is for people (SEMANTICS: events).
#pragma once

#include <chrono>
#include <cstdint>

namespace berth::host {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Milliseconds = std::chrono::milliseconds;

/// A moment or none, in the room of a moment: a std::optional of one takes twice that, and every client has some.
class OptionalTime {
public:
    OptionalTime& operator=(TimePoint time) {
        time_ = time;
        return *this;
    }
    explicit operator bool() const { return time_ != none; }
    TimePoint operator*() const { return time_; }
    void reset() { time_ = none; }

private:
    static constexpr TimePoint none = TimePoint::min();
    TimePoint time_ = none;
};

/// Milliseconds since 1970-01-01 UTC.
inline std::int64_t wall_clock_ms() {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace berth::host
