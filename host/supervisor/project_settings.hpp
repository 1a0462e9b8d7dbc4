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

/// What a loaded library says becomes of its clients when their process ends before them.
struct Survival {
    bool is_stateless = false;
    bool resumes = false;
    bool is_repeatable = false;

    [[nodiscard]] bool is_any() const { return is_stateless || resumes; }
    /// As `project` says it.
    [[nodiscard]] const char* name() const { return resumes ? "resumes" : is_stateless ? "stateless" : "none"; }
};
[[nodiscard]] Survival survival_of(const nlohmann::json& manifest);

/// The members of `init` that come from it: interval, flags, limits, database, data directory, settings.
/// `flags`: those the project declares, from its probe.
[[nodiscard]] nlohmann::json init_of(const config::Project& project, std::uint64_t flags,
                                     const std::filesystem::path& data_directory);

/// The members of the gateway's `configure` that come from it, but its listeners.
[[nodiscard]] nlohmann::json configure_of(const config::Config& config);

}  // namespace berth::host::supervisor
