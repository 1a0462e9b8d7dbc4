// SPDX-License-Identifier: MIT
/// What one I/O thread knows about a project and its generations.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "gateway/figures.hpp"
#include "gateway/inbox_total.hpp"
#include "gateway/lane.hpp"
#include "gateway/luggage.hpp"
#include "gateway/occupants.hpp"
#include "gateway/rules.hpp"
#include "gateway/topics.hpp"

namespace berth::host::gateway {

class Client;
struct ProjectEntry;

/// How clients are closed on behalf of others.
struct CloseOrder {
    std::uint16_t code = 1000;
    link::Cause cause = link::Cause::administrator;
    std::string reason;
    std::uint32_t retry_after_s = 0;  ///< when the clients are asked to come back; 0: they are not told
};

/// How a generation ends.
struct Retirement {
    CloseOrder order;
    Milliseconds after{0};   ///< its clients have so long to leave by themselves
    bool hands_over = false;  ///< they go on in the generation that newcomers go to
    /// As `hands_over`, but the worker leaves before the next one comes: it lets go of all of them, and they wait. From its
    /// end on (`worker_lost`) that is bounded as after a death; `after` means nothing.
    bool suspends = false;
};

/// One loaded version, as seen from one I/O thread. [I/O thread]
struct GenerationEntry {
    std::uint64_t number = 0;
    ProjectEntry* project = nullptr;
    std::unique_ptr<LaneOwner> owner;  ///< hears what `lane` says; before it, so that it outlives it
    std::unique_ptr<Lane> lane;       ///< null once the worker has died
    std::unordered_set<Client*> clients;  ///< connected, or being admitted
    std::size_t contexts = 0;  ///< announced to the worker and not yet released by it
    /// Events that wait for one worker on one I/O thread; beyond the first its clients are not read, below the
    /// second they are again.
    static constexpr std::size_t waiting_bytes_high = 16u << 20;
    static constexpr std::size_t waiting_bytes_low = 4u << 20;
    std::size_t waiting_bytes = 0;  ///< as of the last flush, and what came since
    bool is_behind = false;         ///< its worker does not take its events: no client of it is read
    InboxShare inbox;  ///< of what its worker has and has not done; before all that counts in it
    bool is_read = true;         ///< its clients were told so last, unless they found out themselves that there is no room
    std::size_t first_read = 0;  ///< which of them was told first
    Survival survival = Survival::none;
    bool repeatable = false;
    std::size_t subscriptions_max = 0;  ///< of one client
    /// Where it survives: those that have gone and whose disconnection the worker has not handled yet.
    std::unordered_map<ClientId, Departed> departed;
    /// Where it does not: what those that have gone left in its worker, until that lets go of them.
    std::unordered_map<ClientId, PendingEvents> left_behind;
    bool retiring = false;
    bool reported = false;  ///< as empty; the lane stays until that holds on every I/O thread
    bool suspends = false;  ///< while it retires: whom its worker has let go of is the next one's, and never its own again
    bool owes_suspended = false;  ///< on_suspended is to be said
    CloseOrder retirement;
    std::uint32_t batches_closed = 0;  ///< of those that retire
    TimePoint closes_at{};    ///< while it retires: not before this are its clients closed
    bool hands_over = false;  ///< while it retires: its clients are on their way to the next generation
    /// From then on those that it let go of go on in it, for no next generation has come; max: one is there, or has time.
    TimePoint takes_back_at = TimePoint::max();

    /// An event of that size is on its way to the worker. What waits for one that takes nothing is bounded here:
    /// each client's share is bounded too, but they are many.
    void add_waiting(std::size_t bytes) {
        waiting_bytes += bytes;
        is_behind = is_behind || waiting_bytes > waiting_bytes_high;
    }
    /// Its worker takes more, and its clients are read.
    [[nodiscard]] bool has_room() const { return !is_behind && !inbox.is_full(); }
    /// Its clients are read from now on, or are not, as there is room.
    void look_at_reading();
    /// Where it hands its clients over: all of them go to the next one, which has come.
    void ask_to_part();
    /// Forgets those that have gone of whom no worker of it will hear any more; the next one is told which.
    void drop_departed();
    /// Its worker has nobody of this thread, or there is none any more.
    [[nodiscard]] bool is_deserted() const { return contexts == 0 || !lane; }
    /// Nothing is left of it on this thread.
    [[nodiscard]] bool is_empty() const { return clients.empty() && departed.empty() && is_deserted(); }
    [[nodiscard]] bool survives() const { return survival != Survival::none; }
};

/// [I/O thread]
struct ProjectEntry {
    ProjectRules rules;
    std::shared_ptr<Occupants> occupants;  ///< shared with the other I/O threads
    std::map<std::uint64_t, GenerationEntry> generations;
    std::uint64_t current = 0;  ///< where newcomers go; 0: nowhere yet
    /// Clients that deaths took along without a disconnection, until a worker is told; bounded.
    std::vector<ClientId> lost;
    static constexpr std::size_t lost_max = 65'536;
    void note_lost(ClientId id) {
        if (lost.size() < lost_max) lost.push_back(id);
    }
    std::unordered_set<Client*> parked;  ///< newcomers that wait until there is a worker
    Topics topics;  ///< of all generations
    ProjectFigures figures;
};

}  // namespace berth::host::gateway
