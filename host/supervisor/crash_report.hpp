// SPDX-License-Identifier: MIT
/// Which events were running when a worker died, and whose fault it was.
#pragma once

#include <string>
#include <vector>

#include "base/client_id.hpp"
#include "link/slot_table.hpp"
#include "supervisor/exit_status.hpp"

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

/// What a death says of its cause beside the marks.
enum class Ending {
    ordered,      ///< by the supervisor: nobody is guessed
    by_a_signal,  ///< that marks its thread's event: without a mark it came to a thread that ran none, one of the project's own
    unmarked      ///< exit, or SIGKILL for memory: a single event whose handler was running is the culprit
};

/// `is_ordered`: the supervisor had asked for its end, or forced it. `has_marks`: fatal signals are marked there, in a
/// process of its own.
[[nodiscard]] Ending ending_of(const ExitStatus& status, bool is_ordered, bool has_marks);

[[nodiscard]] CrashReport report_of(const std::vector<link::SlotTable::Running>& running, Ending ending);

}  // namespace berth::host::supervisor
