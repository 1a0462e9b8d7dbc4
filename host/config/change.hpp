// SPDX-License-Identifier: MIT
/// What differs between two configurations, key by key. Pure.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/keys.hpp"

namespace berth::host::config {

/// One key that has another value than before.
struct Change {
    const Key* key = nullptr;
    std::string name;     ///< "host.limits.connections", "project.chat.origins"
    std::string project;  ///< "chat"; empty: of the host or of all projects
};

/// All keys of [host], [pages], [defaults] and of every project that has a table in one of them; listeners are not
/// compared here, since they have no names.
[[nodiscard]] std::vector<Change> changes(const Config& before, const Config& after);

/// Gives `running` the values of `wanted` for those keys of a project whose changes hold at once.
void take_over(Project& running, const Project& wanted);

}  // namespace berth::host::config
