// SPDX-License-Identifier: MIT
/// When the global service runs: a fixed grid, start to start (SEMANTICS: the interval).
#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace berth::host::worker {

/// Pure: times go in, the next time comes out. The grid begins with the first run. A run that overstays its
/// interval makes the ticks that it covers *missed*; they are counted, never made up for. With interval 0
/// the next run is always due. A run by command does not touch the grid.
class Pace {
public:
    explicit Pace(Milliseconds interval) : interval_(interval) {}

    /// The grid begins here, and a run is due at once.
    void restart(TimePoint now) {
        due_ = now;
        is_fresh_ = true;
    }
    [[nodiscard]] TimePoint due() const { return due_; }
    [[nodiscard]] bool is_due(TimePoint now) const { return due_ <= now; }

    /// A paced run begins. When it is late, it stands for the last tick that has passed.
    void begin(TimePoint now);
    /// The paced run has ended.
    void end(TimePoint now);

    [[nodiscard]] Milliseconds interval() const { return interval_; }
    [[nodiscard]] std::uint64_t missed() const { return missed_; }

private:
    Milliseconds interval_;
    TimePoint due_{};
    bool is_fresh_ = false;
    std::uint64_t missed_ = 0;
};

}  // namespace berth::host::worker
