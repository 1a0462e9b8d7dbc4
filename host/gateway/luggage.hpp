// SPDX-License-Identifier: MIT
/// What a client of a project that survives its workers takes along from one to the next.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "gateway/pending_events.hpp"
#include "gateway/topics.hpp"
#include "link/events.hpp"

namespace berth::host::gateway {

/// What a worker that died was running.
struct Interruption {
    ClientId client{};
    std::string event;  ///< link::name_of(SlotEvent)
    std::uint64_t seq = 0;  ///< of a message
    bool is_culprit = false;
};

/// Kept beside a connected client, only where its project is stateless or resumes.
struct Luggage {
    std::string opening;  ///< link::pack
    std::string subprotocol;
    std::optional<std::string> state;  ///< what its context saved last
    bool is_interrupted = false;       ///< an event was cut off by a death; said until a worker has handled it
    bool is_resuming = false;          ///< a worker was told, and has not handled it yet
    // What a death cut off is tried once more and not for ever, for it may be what killed the worker.
    bool was_cut_resuming = false;  ///< nor had the worker before
    std::uint64_t repeated = 0;     ///< the message that was begun a second time; 0: none
    bool is_end_repeated = false;   ///< so was the disconnection

    /// Tells the next worker, and everything that the one before did not finish.
    void unpack_in(link::EventSink& worker, std::span<const Subscription> subscriptions, const PendingEvents& pending,
                   std::uint64_t backlog);
    /// The worker has handled `resumed`.
    void note_resumed() { is_interrupted = is_resuming = was_cut_resuming = false; }
    /// The worker has died amid something else than the client's end. Answers whether the client is given up: one that
    /// cannot even be resumed is not tried again.
    [[nodiscard]] bool cut_off(const Interruption& cut, PendingEvents& pending, bool is_repeatable);
    /// Memory that it takes.
    [[nodiscard]] std::size_t held_bytes() const {
        return sizeof(Luggage) + opening.capacity() + subprotocol.capacity() + (state ? state->capacity() : 0);
    }
};

/// Where a client stands with its worker.
enum class Tie : std::uint8_t {
    bound,    ///< its events go there
    parting,  ///< the worker was asked to let go of it: what comes meanwhile waits
    adrift    ///< no worker has it; the next one will
};

/// A client that has gone, until its disconnection has been handled: a worker that dies before that leaves it to the
/// next one.
struct Departed {
    std::unique_ptr<Luggage> luggage;
    PendingEvents pending;
    Tie tie = Tie::bound;
    std::uint16_t code = 0;
    link::Cause cause{};
    std::string reason;

    [[nodiscard]] std::size_t held_bytes() const {
        return sizeof(Departed) + (luggage ? luggage->held_bytes() : 0) + pending.held_bytes() + reason.capacity();
    }
};

}  // namespace berth::host::gateway
