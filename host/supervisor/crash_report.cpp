// SPDX-License-Identifier: MIT
#include "supervisor/crash_report.hpp"

#include <algorithm>

#include "link/fatal_signals.hpp"

namespace berth::host::supervisor {

bool CrashReport::is_by_client() const {
    return std::any_of(culprits.begin(), culprits.end(),
                       [](const Event& event) { return event.client != ClientId::global_service; });
}

Ending ending_of(const ExitStatus& status, bool is_ordered, bool has_marks) {
    if (is_ordered) return Ending::ordered;
    return has_marks && link::is_fatal_signal(status.signal) ? Ending::by_a_signal : Ending::unmarked;
}

CrashReport report_of(const std::vector<link::SlotTable::Running>& running, Ending ending) {
    const auto is_marked = [](const auto& slot) { return slot.signal != 0; };
    const auto is_in_project = [](const auto& slot) { return slot.in_project; };
    const bool is_known = std::any_of(running.begin(), running.end(), is_marked);
    const bool is_single =
        ending == Ending::unmarked && !is_known && std::count_if(running.begin(), running.end(), is_in_project) == 1;
    CrashReport report;
    for (const auto& slot : running) {
        const CrashReport::Event event{slot.client, link::name_of(slot.event), slot.seq};
        const bool is_culprit = is_marked(slot) || (is_single && is_in_project(slot));
        (is_culprit ? report.culprits : report.interrupted).push_back(event);
    }
    return report;
}

}  // namespace berth::host::supervisor
