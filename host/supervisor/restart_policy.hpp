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
/// Deaths of its own, so many within a window, end it. Those that a client's event caused neither count nor lengthen the
/// delays of others, and their own delays stay short: whoever causes them is shut out (DECISIONS: attribution), and
/// nobody else of a project that survives must wait for longer than limits.resume for it.
class RestartPolicy {
public:
    /// Whose a death was.
    enum class Fault {
        its_own,
        another,  ///< of the process that it lives in: delays, and does not count
        client
    };
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
    [[nodiscard]] std::optional<Milliseconds> died(TimePoint now, Fault fault);
    /// Forgets everything: an operator or a new library gives it another chance.
    void reset();

private:
    static Random default_random();

    Options options_;
    Random random_;
    std::size_t next_delay_ = 0;
    std::size_t next_delay_by_client_ = 0;
    std::optional<TimePoint> started_at_;
    std::deque<TimePoint> deaths_;
};

}  // namespace berth::host::supervisor
