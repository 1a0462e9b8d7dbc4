// SPDX-License-Identifier: MIT
/// The configuration of one project as the gateway and its worker are told; they log from the level on that this process
/// does.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "config/config.hpp"

namespace berth::host::supervisor {

/// The members of `project` that come from the configuration: isolation, limits, origins, sub-protocols.
[[nodiscard]] nlohmann::json door_of(const config::Project& project);

/// The members of `init` that come from it: interval, flags, limits, database, data directory, settings.
/// `flags`: those the project declares, from its probe.
[[nodiscard]] nlohmann::json init_of(const config::Project& project, std::uint64_t flags,
                                     const std::filesystem::path& data_directory);

/// The members of the gateway's `configure` that come from it, but its listeners.
[[nodiscard]] nlohmann::json configure_of(const config::Config& config);

}  // namespace berth::host::supervisor
