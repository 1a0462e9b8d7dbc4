// SPDX-License-Identifier: MIT
#include "worker/slow_events.hpp"

#include <vector>

#include "base/log.hpp"
#include "worker/stack_sample.hpp"

namespace berth::host::worker {
namespace {

/// For the thread to answer: it has the processor to itself or sleeps, unless the machine is very busy.
constexpr Milliseconds answer_limit{500};

bool has_own_limit(link::SlotEvent event) {
    return event == link::SlotEvent::load || event == link::SlotEvent::stop || event == link::SlotEvent::unload;
}

}  // namespace

SlowEvents::SlowEvents(const link::SlotTable& slots, std::string project, Milliseconds limit)
    : slots_(slots), project_(std::move(project)), limit_(limit) {
    if (limit_.count() > 0) install_stack_samples();
}

void SlowEvents::look(TimePoint now) {
    if (limit_.count() == 0) return;
    const std::int64_t now_ns = std::chrono::nanoseconds(now.time_since_epoch()).count();
    for (const auto& event : slots_.running()) {
        const bool is_slow = now_ns - event.started_ns >= std::chrono::nanoseconds(limit_).count();
        if (!is_slow || !event.in_project || has_own_limit(event.event) || told_[event.slot] == event.started_ns) continue;
        told_[event.slot] = event.started_ns;
        return tell(event, now);
    }
}

void SlowEvents::tell(const link::SlotTable::Running& event, TimePoint now) const {
    const std::string stack = describe_stack(sample_stack(slots_.at(event.slot), event.started_ns, answer_limit));
    const std::int64_t ran_ms = now.time_since_epoch() / Milliseconds(1) - event.started_ns / 1'000'000;
    std::vector<log::Field> fields{{"project", project_}, {"event", link::name_of(event.event)}};
    if (event.client != ClientId::global_service) fields.emplace_back("client", event.client);
    if (event.seq != 0) fields.emplace_back("number", event.seq);
    fields.emplace_back("ran_ms", ran_ms);
    fields.emplace_back("stack", stack.empty() ? "unknown: the thread did not answer" : stack);
    log::write(log::Level::warning, "event takes long", std::move(fields));
}

}  // namespace berth::host::worker
