// SPDX-License-Identifier: MIT
/// The table of projects, shown by `status` and `projects`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/terminal.hpp"

namespace berth::host::cli {

/// "clients are sent away, the last one in 12 s", of the host's object or a project's; empty where that is not so.
[[nodiscard]] std::string drain_words(const nlohmann::json& row);

/// "the first run of its global service failed: no such table", of a project's row or an act's reply; empty where it did not.
[[nodiscard]] std::string first_run_words(const nlohmann::json& row);

/// `projects` is the list of the reply. Sentences come below the table: they would make it too wide.
void print_projects(const nlohmann::json& projects, Terminal& terminal);

}  // namespace berth::host::cli
