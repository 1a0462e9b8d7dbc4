// SPDX-License-Identifier: MIT
/// Time that passes only when a test says so.
#pragma once

#include <atomic>

#include "base/clock.hpp"

namespace berth::host::testing {

/// Read by any thread; moved by the test's.
class ManualClock {
public:
    /// Not at zero, which means "never" to some.
    static constexpr std::chrono::nanoseconds start = std::chrono::hours{1};

    [[nodiscard]] TimePoint now() const { return TimePoint(std::chrono::nanoseconds(now_ns_.load())); }
    [[nodiscard]] Milliseconds elapsed() const {
        return std::chrono::duration_cast<Milliseconds>(now().time_since_epoch() - start);
    }
    void advance(std::chrono::nanoseconds time) { now_ns_.fetch_add(time.count()); }
    /// Never backwards.
    void advance_to(TimePoint time) {
        if (time > now()) now_ns_.store(time.time_since_epoch().count());
    }

private:
    std::atomic<std::int64_t> now_ns_{start.count()};
};

/// Makes a clock that of this thread, for its scope.
class ClockOfThread {
public:
    explicit ClockOfThread(const ManualClock& clock);
    ~ClockOfThread();
    ClockOfThread(const ClockOfThread&) = delete;
    ClockOfThread& operator=(const ClockOfThread&) = delete;

private:
    const ManualClock* outer_;
};

}  // namespace berth::host::testing
