// SPDX-License-Identifier: MIT
/// What a client of a project that survives its workers takes along from one to the next.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "gateway/pending_events.hpp"
#include "link/events.hpp"

namespace berth::host::gateway {

/// Kept beside a connected client, only where its project is stateless or resumes.
struct Luggage {
    std::string opening;  ///< link::pack
    std::string subprotocol;
    std::optional<std::string> state;  ///< what its context saved last
    bool is_interrupted = false;       ///< an event was cut off by a death; said once

    /// Tells the next worker, and everything that the one before did not finish.
    void unpack_in(link::EventSink& worker, const PendingEvents& pending, std::uint64_t backlog);
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
};

}  // namespace berth::host::gateway
