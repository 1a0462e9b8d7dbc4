// SPDX-License-Identifier: MIT
/// The unprivileged user that a host started by root gives to its gateway, workers, probes and pages.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace berth::host::config {

struct ChildUser {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name{};
};

/// `host.user`, else berth, else nobody. Nothing when the children run as this process: it is not root, or root is what
/// was configured. Fails when there is no such user. [any thread]
[[nodiscard]] Result<std::optional<ChildUser>> child_user(const std::string& configured);

/// The first directory on the way to `path`, itself included, that the user may not pass; with `reads`, also `path`
/// itself when the user may not list it. What is not there yet stops nobody. Asks the kernel as that user, on a thread
/// of its own, so that groups and access lists count; `path` is absolute. Only for root. [any thread]
[[nodiscard]] std::optional<std::filesystem::path> closed_to(const ChildUser& user, const std::filesystem::path& path, bool reads);

}  // namespace berth::host::config
