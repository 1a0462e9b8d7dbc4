// SPDX-License-Identifier: MIT
/// Which events were running when a worker died, and whose fault it was.
#pragma once

#include <string>
#include <vector>

#include "base/client_id.hpp"
#include "link/slot_table.hpp"

namespace berth::host::supervisor {

struct CrashReport {
    struct Event {
        ClientId client{};  ///< global_service: the project's own
        std::string event;  ///< name of the slot's event
        std::uint64_t seq = 0;  ///< of a message
        bool operator==(const Event&) const = default;
    };
    std::vector<Event> culprits{};     ///< marked by their thread's signal handler, or the only one whose handler ran
    std::vector<Event> interrupted{};  ///< the others that were running, or of which it is not known that they were over

    /// An event of a client killed the worker: that does not count against the project (DECISIONS: attribution).
    [[nodiscard]] bool is_by_client() const;
};

/// `crashed`: ended by a signal of its own or by leaving the process, not by the supervisor. Then a single event whose
/// handler was running is the culprit even if nobody marked it (exit, SIGKILL for memory).
[[nodiscard]] CrashReport report_of(const std::vector<link::SlotTable::Running>& running, bool crashed);

}  // namespace berth::host::supervisor
