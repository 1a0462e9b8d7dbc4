// SPDX-License-Identifier: MIT
/// The table of projects, shown by `status` and `projects`.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/terminal.hpp"

namespace berth::host::cli {

/// `projects` is the list of the reply. Sentences come below the table: they would make it too wide.
void print_projects(const nlohmann::json& projects, Terminal& terminal);

}  // namespace berth::host::cli
