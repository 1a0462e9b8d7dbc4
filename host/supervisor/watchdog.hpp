// SPDX-License-Identifier: MIT
/// Which event of a worker has run for longer than it may (DECISIONS: handler time limit).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "link/slot_table.hpp"

namespace berth::host::supervisor {

struct EventLimits {
    Milliseconds client_event{0};    ///< of any event or procedure in a client's context; 0: none
    Milliseconds global_service{0};  ///< of one run, or a procedure in its context; 0: none
};

struct Overdue {
    std::size_t slot = 0;
    std::string reason;  ///< "message of client 12 ran for more than 30 s"
};

/// Pure. `now_ns` is the monotonic clock that the slots use. Load, stop and unload have limits of their own. Events
/// that had begun by `asleep_until_ns` count from then.
[[nodiscard]] std::optional<Overdue> find_overdue(const std::vector<link::SlotTable::Running>& running, std::int64_t now_ns,
                                                  const EventLimits& limits, std::int64_t asleep_until_ns = 0);

}  // namespace berth::host::supervisor
