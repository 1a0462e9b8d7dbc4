// SPDX-License-Identifier: MIT
/// Watches the calls into a project: what a test of it sees.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/client_id.hpp"
#include "link/slot_table.hpp"
#include "worker/value.hpp"

namespace berth::host::worker {

/// Called around every call into the project, on its thread. What `begins` throws leaves the worker as a crash of
/// the project would: the call is not made, and nothing is cleaned up.
class Watcher {
public:
    /// [borrowed: call]
    struct Event {
        link::SlotEvent event;
        ClientId client;                           ///< of the context; 0: the global service, or `load`
        std::string_view procedure;                ///< its name, for one
        const std::vector<Value>* args = nullptr;  ///< of a procedure
        const void* globals = nullptr;             ///< of the context, when the call has ended; not to be followed
    };

    /// What the project asked for and the host refused. [borrowed: call]
    struct Misuse {
        std::string_view function;  ///< "send"; "context", "statement", "admission": what the project names or answers
        std::string_view sentence;
        link::SlotEvent event;      ///< that was under way; none: on a thread of the project's own
    };

    virtual ~Watcher() = default;
    virtual void begins(const Event& event) = 0;
    virtual void ended(const Event& event, berth_status status, std::string_view error) = 0;

    // Of the calls that the project makes. [any thread]
    virtual void called() {}                 ///< any function of the host's table, or of an extension that takes the host
    virtual void misused(const Misuse&) {}
    /// The event has returned without ending what it began in its database: the host has.
    virtual void left_open(link::SlotEvent, bool /*transaction*/, std::size_t /*statements*/) {}
};

}  // namespace berth::host::worker
