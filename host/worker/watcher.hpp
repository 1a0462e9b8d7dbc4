// SPDX-License-Identifier: MIT
/// Watches the calls into a project: what a test of it sees.
#pragma once

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

    virtual ~Watcher() = default;
    virtual void begins(const Event& event) = 0;
    virtual void ended(const Event& event, berth_status status, std::string_view error) = 0;
};

}  // namespace berth::host::worker
