// SPDX-License-Identifier: MIT
/// What a worker process is made of: a control channel, a link, a Worker.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "link/worker_link.hpp"

namespace berth::host::roles {

/// Speaks the worker's messages on a control channel until `stop` was answered or the channel ends.
///
/// Runs on one thread, in a process of its own or (isolation "none") beside others; it owns no process-wide
/// state then. Project code runs on threads of its own, so a heartbeat goes out each second even while
/// `load` or a handler takes its time.
class WorkerRole {
public:
    /// Makes the link from the lanes that came with `init` or `relink` (none for isolation "none").
    using LinkFactory = std::function<Result<std::unique_ptr<link::WorkerLink>>(std::vector<UniqueFd> lanes)>;

    struct Options {
        bool owns_process = true;  ///< signal handlers may be installed
    };

    WorkerRole(UniqueFd channel, LinkFactory make_link, Options options);
    ~WorkerRole();

    /// Serves; returns the exit code of the process (0: stopped as asked, 1: could not run, 70: channel lost).
    int run();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

/// `berth __worker`: the role over descriptor 3 with a ProcessLink.
int run_worker_process();

}  // namespace berth::host::roles
