// SPDX-License-Identifier: MIT
#include "supervisor/crash_report.hpp"

#include <algorithm>

namespace berth::host::supervisor {

bool CrashReport::is_by_client() const {
    return std::any_of(culprits.begin(), culprits.end(),
                       [](const Event& event) { return event.client != ClientId::global_service; });
}

CrashReport report_of(const std::vector<link::SlotTable::Running>& running, bool crashed) {
    CrashReport report;
    for (const auto& slot : running) {
        const CrashReport::Event event{slot.client, link::name_of(slot.event), slot.seq};
        (slot.signal != 0 ? report.culprits : report.interrupted).push_back(event);
    }
    if (crashed && report.culprits.empty() && report.interrupted.size() == 1) report.culprits.swap(report.interrupted);
    return report;
}

}  // namespace berth::host::supervisor
