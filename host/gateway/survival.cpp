// SPDX-License-Identifier: MIT
// How clients go from one worker of their project to the next.
#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "gateway/forwarded.hpp"
#include "gateway/io_thread.hpp"
#include "gateway/retry_hint.hpp"
#include "link/slot_table.hpp"
#include "wire/close_code.hpp"

namespace berth::host::gateway {
namespace {

/// Newcomers of one project that wait for its worker, on one thread.
constexpr std::size_t parked_max = 1024;

/// Whether a client that had gone has had its end: its disconnection is not begun twice, or not a third time where it may be
/// repeated.
bool was_its_end(const Interruption& cut, Departed& gone, bool is_repeatable) {
    const auto is = [&](link::SlotEvent event) { return cut.event == link::name_of(event); };
    if (is(link::SlotEvent::disconnection) || is(link::SlotEvent::context_destroy)) {
        return cut.is_culprit || !is_repeatable || std::exchange(gone.luggage->is_end_repeated, true);
    }
    return gone.luggage->cut_off(cut, gone.pending, is_repeatable);
}

/// Tells `to` of the end of a client that no worker has.
void tell_end(ClientId id, Departed& gone, GenerationEntry& to) {
    ++to.contexts;
    link::EventSink& worker = to.lane->events();
    to.add_waiting(gone.luggage->held_bytes() + gone.pending.bytes());
    gone.luggage->unpack_in(worker, {}, gone.pending, 0);
    worker.closed(id, gone.code, gone.cause, gone.reason);
    gone.pending.count_in(&to.inbox);
    gone.tie = Tie::bound;
}

}  // namespace

void IoThread::worker_lost(const std::string& project, std::uint64_t generation, const std::vector<Interruption>& running) {
    GenerationEntry* entry = find_generation(project, generation);
    if (entry) {
        if (entry->lane) entry->lane->take_last_actions();
        entry->lane.reset();
        entry->contexts = 0;
        entry->left_behind.clear();
    }
    if (!entry || entry->reported) {
        observer_.on_retired(project, generation, settings_.index);
        return;
    }
    const auto running_of = [&](ClientId id) -> const Interruption* {
        const auto found = std::find_if(running.begin(), running.end(), [&](const auto& r) { return r.client == id; });
        return found == running.end() ? nullptr : &*found;
    };
    for (auto gone = entry->departed.begin(); gone != entry->departed.end();) {
        const Interruption* const cut = running_of(gone->first);
        const bool has_ended = cut && was_its_end(*cut, gone->second, entry->repeatable);
        if (has_ended && cut->event == link::name_of(link::SlotEvent::resumed)) entry->project->note_lost(gone->first);
        gone = has_ended ? entry->departed.erase(gone) : std::next(gone);
    }
    // A copy, for a refused client may leave at once.
    const std::vector<Client*> clients(entry->clients.begin(), entry->clients.end());
    for (Client* client : clients) {
        const ClientId id = client->id();
        if (const Interruption* const cut = running_of(id); cut && cut->is_culprit) note_offence(project, *client);
        const bool was_open = !client->is_waiting() && !client->is_leaving();
        client->worker_lost(running_of(id), entry->repeatable);
        // Of those that survive, who has gone by now left its end to the next worker, but for one that cannot be resumed.
        if (was_open && (!entry->survives() || (client->is_leaving() && !entry->departed.contains(id)))) entry->project->note_lost(id);
    }
    const bool is_ending = entry->retiring && entry->closes_at <= now();
    if (!is_ending) {
        // Who was still on the way to it waits for the next one, too.
        const bool was_current = entry->project->current == generation;
        for (auto& [number, other] : entry->project->generations) {
            if (!was_current || !other.retiring || !other.survives()) continue;
            const TimePoint until = now() + entry->project->rules.resume;
            if (other.lane) {
                other.takes_back_at = until;
            } else {
                other.closes_at = std::max(other.closes_at, until);
            }
        }
        const CloseOrder order{wire::close_code::service_restart, link::Cause::redeploy, "restart", retry_after_restart_s};
        begin_retirement(*entry, {.order = order, .after = entry->survives() ? entry->project->rules.resume : Milliseconds(0)});
    }
    if (GenerationEntry* next = successor_of(*entry)) take_over(*entry, *next);
    sweep();
}

void IoThread::note_offence(const std::string& project, const Client& culprit) {
    const std::int64_t minutes = std::chrono::ceil<std::chrono::minutes>(Offenders::shut_out).count();
    if (const std::string user(culprit.user()); !user.empty() && occupants_.offenders.note(project, user, now())) {
        log::warning("user is shut out: events of its clients killed the project's process",
                     {{"project", project}, {"user", user}, {"minutes", minutes}});
    }
    const transport::PeerAddress& peer = culprit.address().get();
    if (!is_exempt(settings_.rules, peer) && occupants_.offenders.note(project, peer.key(), now())) {
        log::warning("address is shut out: events of its clients killed the project's process",
                     {{"project", project}, {"address", peer.text()}, {"minutes", minutes}});
    }
}

Milliseconds IoThread::shut_out(const std::string& project, const transport::PeerAddress& peer) {
    return is_exempt(settings_.rules, peer) ? Milliseconds(0) : occupants_.offenders.remaining(project, peer.key(), now());
}

Milliseconds IoThread::shut_out(const std::string& project, const std::string& user) {
    return user.empty() ? Milliseconds(0) : occupants_.offenders.remaining(project, user, now());
}

GenerationEntry* IoThread::successor_of(const GenerationEntry& generation) {
    ProjectEntry& project = *generation.project;
    const auto current = project.generations.find(project.current);
    if (current == project.generations.end() || &current->second == &generation) return nullptr;
    return current->second.lane && !current->second.retiring ? &current->second : nullptr;
}

void IoThread::take_over(GenerationEntry& from, GenerationEntry& to) {
    const auto is_free = [&](Tie tie) { return !from.lane || tie == Tie::adrift; };
    if (!from.survives() || !to.survives()) {
        // Those without a worker have none to wait for.
        if (from.retiring && from.survives() && (!from.lane || from.hands_over)) from.closes_at = now();
        return sweep();
    }
    // Whom it has no room for is taken over when it has taken what waits (look_at_backlog).
    for (auto gone = from.departed.begin(); gone != from.departed.end() && to.has_room();) {
        if (!is_free(gone->second.tie)) {
            ++gone;
            continue;
        }
        tell_end(gone->first, gone->second, to);
        to.departed.insert(from.departed.extract(gone++));
    }
    const std::vector<Client*> clients(from.clients.begin(), from.clients.end());
    for (Client* client : clients) {
        if (!to.has_room()) break;
        if (is_free(client->tie()) && !client->is_waiting()) take_over(*client, from, to);
    }
    check_retired(from);
}

void IoThread::take_over_all(GenerationEntry& to) {
    for (auto& [number, from] : to.project->generations) {
        if (&from != &to) take_over(from, to);
    }
}

void GenerationEntry::ask_to_part() {
    takes_back_at = TimePoint::max();
    if (!hands_over) return;
    for (Client* client : clients) client->part();
}

void IoThread::take_over(Client& client, GenerationEntry& from, GenerationEntry& to) {
    from.clients.erase(&client);
    to.clients.insert(&client);
    if (!client.is_leaving()) ++to.contexts;
    // Others of somebody who has been shut out since they came would do the same again.
    const std::string& project = to.project->rules.name;
    const Milliseconds left = std::max(shut_out(project, std::string(client.user())), shut_out(project, client.address().get()));
    if (left.count() > 0) client.drop_pending();
    client.go_on_in(to);
    if (left.count() > 0) {
        client.close(wire::close_code::policy_violation, link::Cause::limit, "clients of this user or address have broken this project");
    }
}

void IoThread::parted(GenerationEntry& generation, ClientId id) {
    GenerationEntry* const next = successor_of(generation);
    const bool is_taken = next && next->survives();
    if (const auto gone = generation.departed.find(id); gone != generation.departed.end()) {
        gone->second.tie = Tie::adrift;
        if (is_taken) {
            if (!next->has_room()) return;
            tell_end(id, gone->second, *next);
            next->departed.insert(generation.departed.extract(gone));
        } else if (takes_back(generation) && generation.has_room()) {
            tell_end(id, gone->second, generation);
        } else if (now() >= generation.closes_at) {
            generation.drop_departed();
        }
        return;
    }
    Client* const client = table_.find(id);
    client->parted();
    if (is_taken) {
        if (next->has_room()) take_over(*client, generation, *next);
    } else if (takes_back(generation) && generation.has_room() && now() < generation.closes_at) {
        take_over(*client, generation, generation);
    }
}

bool IoThread::takes_back(const GenerationEntry& generation) {
    const bool is_time = now() >= std::min(generation.takes_back_at, generation.closes_at);
    if (!is_time || generation.suspends || !generation.retiring || !generation.lane) return false;
    const GenerationEntry* const next = successor_of(generation);
    return !next || !next->survives();
}

void IoThread::take_back(GenerationEntry& generation) {
    for (auto& [id, gone] : generation.departed) {
        if (!generation.has_room()) return;
        if (gone.tie == Tie::adrift) tell_end(id, gone, generation);
    }
    if (now() >= generation.closes_at) return;  // They are closed.
    const std::vector<Client*> clients(generation.clients.begin(), generation.clients.end());
    for (Client* client : clients) {
        if (!generation.has_room()) return;
        if (client->tie() == Tie::adrift && !client->is_waiting()) take_over(*client, generation, generation);
    }
}

/// No worker will come for those who wait for one.
void IoThread::end_suspense(ProjectEntry& project) {
    const bool is_stopped = project.rules.state == ProjectState::stopped;
    const CloseOrder stop{wire::close_code::going_away, link::Cause::stop, "the project stops", project.rules.retry_after_s};
    for (auto& [number, generation] : project.generations) {
        if (!generation.retiring || !generation.survives()) continue;
        if (!generation.lane && is_stopped) generation.retirement = stop;
        if (!generation.lane) generation.closes_at = now();
        if (generation.lane && !successor_of(generation)) generation.takes_back_at = now();
    }
    sweep();
}

bool IoThread::park(Client& client, ProjectEntry& project) {
    return project.parked.size() < parked_max && project.parked.insert(&client).second;
}

void IoThread::ask_parked(ProjectEntry& project) {
    if (project.rules.state == ProjectState::starting && project.rules.waits && project.current == 0) return;
    const std::vector<Client*> parked(project.parked.begin(), project.parked.end());
    for (Client* client : parked) {
        if (client->parked_at()) client->arrive();
    }
}

}  // namespace berth::host::gateway
