// SPDX-License-Identifier: MIT
/// [project.NAME.settings]: any table, flattened to dotted keys for berth.config/1.
#pragma once

#include <string>
#include <vector>

#include "config/assign.hpp"
#include "config/config.hpp"
#include "config/tree.hpp"

namespace berth::host::config {

/// Adds the settings of a table to those of earlier layers; a key that is there is replaced. A table
/// or list replaces what an earlier layer had under its name when the forms differ.
/// The result stays ordered by key.
void add_settings(const Table& table, const std::string& full_key, const Source& source,
                  std::vector<Setting>& settings, Notes& notes);

}  // namespace berth::host::config
