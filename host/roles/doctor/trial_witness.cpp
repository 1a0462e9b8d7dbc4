// SPDX-License-Identifier: MIT
#include "roles/doctor/trial_witness.hpp"

#include <set>

namespace berth::host::roles {
namespace {

constexpr Milliseconds slow{1'000};
constexpr std::size_t refusals_max = 20;

/// Calls do not nest: an executor makes one at a time.
thread_local TimePoint begin_of_call;

Milliseconds in_ms(Clock::duration time) { return std::chrono::duration_cast<Milliseconds>(time); }

}  // namespace

void TrialWitness::called() {
    if (!is_unloaded_.load()) return;
    const std::lock_guard lock(mutex_);
    is_called_late_ = true;
    called_late_.notify_all();
}

bool TrialWitness::is_called_after_unload(Milliseconds within) const {
    std::unique_lock lock(mutex_);
    return called_late_.wait_for(lock, within, [this] { return is_called_late_; });
}

void TrialWitness::misused(const Misuse& misuse) {
    const std::lock_guard lock(mutex_);
    if (refusals_.size() < refusals_max) refusals_.try_emplace(Refusal{std::string(misuse.function), misuse.event}, misuse.sentence);
}

std::map<TrialWitness::Refusal, std::string> TrialWitness::refusals() const {
    const std::lock_guard lock(mutex_);
    return refusals_;
}

void TrialWitness::left_open(link::SlotEvent event, bool transaction, std::size_t statements) {
    const std::string what = statements == 1 ? "a statement" : std::to_string(statements) + " statements";
    const std::lock_guard lock(mutex_);
    left_open_.try_emplace(event, transaction ? "a transaction" : what);
}

std::map<link::SlotEvent, std::string> TrialWitness::left_open() const {
    const std::lock_guard lock(mutex_);
    return left_open_;
}

void TrialWitness::begins(const Event&) { begin_of_call = Clock::now(); }

void TrialWitness::ended(const Event& event, berth_status status, std::string_view error) {
    const std::lock_guard lock(mutex_);
    Kind& kind = kinds_[event.event];
    ++kind.calls;
    kind.longest = std::max(kind.longest, Clock::now() - begin_of_call);
    if (status != BERTH_OK && kind.failed++ == 0) {
        kind.error = error;
        kind.procedure = event.procedure;
    }
    if (event.event == link::SlotEvent::context_create && status == BERTH_OK) globals_[event.client] = event.globals;
    if (event.event == link::SlotEvent::context_destroy) globals_.erase(event.client);
    if (event.event == link::SlotEvent::unload) is_unloaded_.store(true);
}

void TrialWitness::look_at_globals() {
    const std::lock_guard lock(mutex_);
    std::set<const void*> seen;
    for (const auto& [client, globals] : globals_) {
        // None at all is a project without state.
        if (client == ClientId::global_service || globals == nullptr) continue;
        share_globals_ = share_globals_ || !seen.insert(globals).second;
    }
}

bool TrialWitness::share_globals() const {
    const std::lock_guard lock(mutex_);
    return share_globals_;
}

std::vector<TrialWitness::Remark> TrialWitness::failures() const {
    const std::lock_guard lock(mutex_);
    std::vector<Remark> events;
    for (const auto& [event, kind] : kinds_)
        if (kind.failed > 0) events.push_back({.event = event, .error = kind.error, .procedure = kind.procedure});
    return events;
}

std::vector<TrialWitness::Remark> TrialWitness::slow_events() const {
    const std::lock_guard lock(mutex_);
    std::vector<Remark> events;
    for (const auto& [event, kind] : kinds_)
        if (kind.longest >= slow) events.push_back({.event = event, .longest = in_ms(kind.longest)});
    return events;
}

std::size_t TrialWitness::contexts_left() const {
    const std::lock_guard lock(mutex_);
    return globals_.size();
}

nlohmann::json TrialWitness::figures() const {
    const std::lock_guard lock(mutex_);
    auto figures = nlohmann::json::object();
    for (const auto& [event, kind] : kinds_)
        figures[link::name_of(event)] = {
            {"calls", kind.calls}, {"failed", kind.failed}, {"longest_ms", in_ms(kind.longest).count()}};
    return figures;
}

}  // namespace berth::host::roles
