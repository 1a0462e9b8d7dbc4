// SPDX-License-Identifier: MIT
/// What projects share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/timers.hpp"
#include "supervisor/gateway.hpp"
#include "supervisor/intake.hpp"
#include "supervisor/kept_versions.hpp"
#include "supervisor/restart_policy.hpp"
#include "supervisor/worker.hpp"

namespace berth::host::supervisor {

/// One for all projects of a host, which outlives them.
struct ProjectSurroundings {
    Timers& timers;
    Gateway& gateway;
    Worker::Starter start_worker;
    std::function<Result<std::filesystem::path>(const std::string& project)> data_directory;
    /// What a project ran when the host ended, and what it could go back to. Empty function: nothing is known.
    std::function<Versions(const std::string& project)> known_versions{};
    /// What it runs and could go back to from now on.
    std::function<void(const std::string& project, const Versions& versions)> keep_versions{};
    Milliseconds silence_limit{5'000};  ///< of workers that start
    bool needs_confinement = false;  ///< a worker that the kernel does not confine must not run
    RestartPolicy::Options restart{};
    std::uint64_t runs = 0;             ///< handed out; of all projects, since a name may be used again
    Milliseconds retry_failed{30'000};  ///< a failed project is tried again; doubles up to 10 min
    /// The host as a whole lets nobody in, and tells newcomers to come again after so long.
    std::optional<std::uint32_t> closed_for_s{};
};

}  // namespace berth::host::supervisor
