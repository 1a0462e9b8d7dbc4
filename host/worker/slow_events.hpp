// SPDX-License-Identifier: MIT
/// Tells of events that take long, while they do (RELIABILITY §4.1; DECISIONS §4: the stack comes from a signal).
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "link/slot_table.hpp"

namespace berth::host::worker {

/// Looks at a worker's slots from a thread that runs no code of the project.
class SlowEvents {
public:
    /// So often `look` should be called.
    static constexpr Milliseconds every{250};

    /// `slots` [borrowed: as long as this]. `limit`: what takes that long is told; 0: nothing is.
    SlowEvents(const link::SlotTable& slots, std::string project, Milliseconds limit);

    /// Writes a warning, once for each event: what it is, whose, for how long it has run, and the stack of its thread. At
    /// most one at a call, so that many that hang at once are told one after the other. Load, stop and unload have limits
    /// of their own.
    void look(TimePoint now);

private:
    void tell(const link::SlotTable::Running& event, TimePoint now) const;

    const link::SlotTable& slots_;
    const std::string project_;
    const Milliseconds limit_;
    std::array<std::int64_t, link::SlotTable::slots> told_{};  ///< when the event that was told last began, by slot
};

}  // namespace berth::host::worker
