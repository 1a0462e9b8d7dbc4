// SPDX-License-Identifier: MIT
/// When a process that died is started again, and when no longer (RELIABILITY §3.5).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "base/clock.hpp"

namespace berth::host::supervisor {

/// Pure: the clock and the randomness are given. Delays grow with each death and start again after a healthy time.
/// Deaths that count, so many within a window, end it; those that a client's event caused delay and do not count, since
/// else one client could take a project down (DECISIONS: attribution).
class RestartPolicy {
public:
    struct Options {
        Milliseconds healthy{60'000};
        std::size_t deaths_max = 5;  ///< that count, within the window; 0: no rapid-fail
        Milliseconds window{300'000};
        double spread = 0.2;  ///< of a delay, each way
        bool has_delays = true;
    };
    /// Uniform in [0, 1).
    using Random = std::function<double()>;

    explicit RestartPolicy(Options options, Random random = default_random());

    /// The process works: its health counts from here.
    void started(TimePoint now) { started_at_ = now; }
    /// It died. Answers how long to wait before the next start; nothing: too often, give up.
    [[nodiscard]] std::optional<Milliseconds> died(TimePoint now, bool counts);
    /// Forgets everything: an operator or a new library gives it another chance.
    void reset();

private:
    static Random default_random();

    Options options_;
    Random random_;
    std::size_t next_delay_ = 0;
    std::optional<TimePoint> started_at_;
    std::deque<TimePoint> deaths_;
};

}  // namespace berth::host::supervisor
