// SPDX-License-Identifier: MIT
#include "supervisor/watchdog.hpp"

#include <algorithm>

#include "supervisor/json_values.hpp"

namespace berth::host::supervisor {

std::optional<Overdue> find_overdue(const std::vector<link::SlotTable::Running>& running, std::int64_t now_ns,
                                    const EventLimits& limits, std::int64_t asleep_until_ns) {
    using link::SlotEvent;
    for (const auto& slot : running) {
        if (slot.event == SlotEvent::load || slot.event == SlotEvent::stop || slot.event == SlotEvent::unload) continue;
        const bool is_global = slot.client == ClientId::global_service;
        const Milliseconds limit = is_global ? limits.global_service : limits.client_event;
        if (limit.count() == 0 || now_ns - std::max(slot.started_ns, asleep_until_ns) < std::chrono::nanoseconds(limit).count()) continue;
        return Overdue{slot.slot, std::string(link::name_of(slot.event)) +
                                      (is_global ? "" : " of client " + to_text(value_of(slot.client))) +
                                      " ran for more than " + in_words(limit)};
    }
    return std::nullopt;
}

}  // namespace berth::host::supervisor
