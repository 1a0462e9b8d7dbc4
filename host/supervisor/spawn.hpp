// SPDX-License-Identifier: MIT
/// Starts one program as a child that cannot outlive its parent.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::host::supervisor {

/// The user that a child runs as.
struct User {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name{};
};

struct SpawnRequest {
    std::string program{};                 ///< path; /proc/self/exe re-executes this one
    std::vector<std::string> arguments{};  ///< with argv[0]
    /// What the child gets as 0, 1, 2, ... [borrowed: call]; -1 is /dev/null. Nothing else is inherited.
    std::vector<int> fds{};
    std::optional<User> user{};  ///< absent: as this process
};

struct Spawned {
    pid_t pid = 0;
    UniqueFd pidfd;  ///< readable when the process has ended
};

/// [main thread]: the parent-death signal (SIGKILL) follows the thread that started the child. The child leads a
/// process group of its own, with default signal handling and nothing blocked. An error of exec is answered here.
Result<Spawned> spawn(const SpawnRequest& request);

}  // namespace berth::host::supervisor
