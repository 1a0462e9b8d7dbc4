// SPDX-License-Identifier: MIT
/// Holds workers to their threads and memory, by looking at them from outside.
///
/// The system's own bound on tasks counts all processes of a user together, so it cannot be one of a single worker; a group
/// of the service manager's holds for all of them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "supervisor/projects.hpp"

namespace berth::host::supervisor {

/// What a process uses now.
struct ProcessUsage {
    std::uint64_t threads = 0;
    std::uint64_t memory_bytes = 0;  ///< resident
};

/// Nothing when the process has ended.
[[nodiscard]] std::optional<ProcessUsage> usage_of(pid_t pid);

/// The most threads that a project's worker may have.
[[nodiscard]] std::uint64_t tasks_of(const config::Limits& limits);

/// [main thread]
class WorkerBounds {
public:
    explicit WorkerBounds(Projects& projects) : projects_(projects) {}

    /// To be called about once a second. A worker with too many threads is ended, which counts as a crash; one with too
    /// much memory is replaced by another of the same version, once for each process. One that is made ready is ended for that, so
    /// that what runs goes on, and one that newcomers do not reach any more when it has twice as much.
    void look();

private:
    /// False: it is to be replaced. What is to be ended has been.
    bool is_within(const Project& project, Worker& worker);
    static void renew(Project& project);

    Projects& projects_;
    std::map<std::string, std::uint64_t> recycled_;  ///< the run that is being replaced, by project
};

}  // namespace berth::host::supervisor
