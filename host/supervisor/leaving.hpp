// SPDX-License-Identifier: MIT
/// A worker that newcomers don't reach any more.
#pragma once

#include <memory>

#include "base/timers.hpp"
#include "supervisor/worker.hpp"

namespace berth::host::supervisor {

/// Kept by its project until its process has ended.
struct Leaving {
    std::unique_ptr<Worker> worker;
    std::unique_ptr<Timer> bound;
    bool has_clients = true;
    bool is_draining = false;   ///< its clients may stay for a while
    bool is_suspended = false;  ///< its clients wait for its end, and for the generation after that
    bool has_failed = false;    ///< it never ran: its own sentence has been told
};

}  // namespace berth::host::supervisor
