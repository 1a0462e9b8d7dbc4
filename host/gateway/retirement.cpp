// SPDX-License-Identifier: MIT
// How the clients of a generation are closed when it ends: after a while, in batches.
#include <algorithm>

#include "gateway/io_thread.hpp"

namespace berth::host::gateway {
namespace {

/// Closes are spread, so that those who come back do not come all at once (RELIABILITY §4.1, stop).
constexpr std::size_t sweep_batch = 500;
constexpr Milliseconds sweep_pause{200};

}  // namespace

void IoThread::begin_retirement(GenerationEntry& generation, const Retirement& how) {
    generation.retiring = true;
    generation.retirement = how.order;
    // A worker that has been left may have begun to end, whatever becomes of its clients.
    const bool is_left = generation.suspends && generation.is_deserted();
    generation.suspends = is_left || (how.suspends && generation.survives());
    generation.owes_suspended = generation.owes_suspended || how.suspends;
    generation.closes_at = how.suspends && generation.survives() ? TimePoint::max() : now() + how.after;
    generation.hands_over = (how.hands_over || how.suspends) && generation.survives();
    if (generation.project->current == generation.number) generation.project->current = 0;
    generation.ask_to_part();
    if (how.hands_over && generation.hands_over && !successor_of(generation)) {
        generation.takes_back_at = now() + generation.project->rules.resume;
    }
    sweep();
}

void IoThread::sweep() {
    std::size_t left = sweep_batch;
    std::optional<Milliseconds> next;
    for (auto& [name, project] : projects_) {
        for (auto& [number, generation] : project.generations) {
            if (!generation.retiring) continue;
            const auto again = sweep(generation, left);
            if (again) next = next ? std::min(*next, *again) : *again;
            check_retired(generation);
        }
    }
    if (next) sweep_after(*next);
}

std::optional<Milliseconds> IoThread::sweep(GenerationEntry& generation, std::size_t& left) {
    if (generation.is_empty()) return std::nullopt;
    const bool is_taken_back = takes_back(generation);
    if (is_taken_back) take_back(generation);
    if (now() < generation.closes_at) {
        const TimePoint next = is_taken_back ? generation.closes_at : std::min(generation.closes_at, generation.takes_back_at);
        if (next == TimePoint::max()) return std::nullopt;
        return std::chrono::ceil<Milliseconds>(std::max(next, now()) - now());
    }
    // A redeploy refuses nobody: whose handshake waits is let in by the old generation, and closed like the others
    // then. The connection event's limit bounds this.
    const bool is_redeployed = generation.retirement.cause == link::Cause::redeploy && generation.lane && !stopping_;
    // Going is cheaper than coming: the batches that leave one after the other come back a second apart each.
    const CloseOrder& order = generation.retirement;
    const std::uint32_t retry_after_s = order.retry_after_s + generation.batches_closed;
    const std::size_t left_before = left;
    // Whom no worker has is the next one's, as soon as that has taken what waits for it.
    const GenerationEntry* const next = successor_of(generation);
    const bool goes_on = next && generation.survives() && next->survives();
    bool more = false;
    const std::vector<Client*> clients(generation.clients.begin(), generation.clients.end());
    for (Client* client : clients) {
        if (client->is_leaving() || (goes_on && client->tie() == Tie::adrift)) continue;
        if ((client->is_waiting() && is_redeployed) || left == 0) {
            more = true;
            continue;
        }
        --left;
        client->close(order.code, order.cause, order.reason, retry_after_s);
    }
    if (left < left_before) ++generation.batches_closed;
    // The worker that their disconnections were for did not come: the one that let go of them has them after all.
    if (takes_back(generation)) take_back(generation);
    if (!goes_on) generation.drop_departed();
    return more ? std::optional(sweep_pause) : std::nullopt;
}

void IoThread::check_retired(GenerationEntry& generation) {
    if (generation.retiring && (generation.is_empty() || (generation.owes_suspended && generation.is_deserted()))) has_retired_ = true;
}

/// At the end of the turn, when everything that the generation was told has been handed over.
void IoThread::report_retired() {
    has_retired_ = false;
    for (auto& [name, project] : projects_) {
        for (auto& [number, generation] : project.generations) {
            if (generation.owes_suspended && generation.is_deserted()) {
                generation.owes_suspended = false;
                observer_.on_suspended(name, number, settings_.index);
            }
            if (!generation.retiring || generation.reported || !generation.is_empty()) continue;
            generation.reported = true;
            observer_.on_retired(name, number, settings_.index);
        }
    }
}

void GenerationEntry::drop_departed() {
    if (lane && !suspends) return;
    std::erase_if(departed, [this](const auto& entry) {
        const bool has_worker = lane && entry.second.tie != Tie::adrift;
        if (!has_worker) project->note_lost(entry.first);
        return !has_worker;
    });
}

}  // namespace berth::host::gateway
