// SPDX-License-Identifier: MIT
/// The effective configuration, each value with where it comes from: `berth config --effective`.
#pragma once

#include <string>

#include "config/load.hpp"

namespace berth::host::config {

/// TOML that `load` would read to the same Config; the origin follows each value as a comment:
/// "default", a place, or for projects "general, PLACE" and "specific, PLACE". Values of settings
/// whose names speak of passwords, secrets, tokens or keys are not shown.
[[nodiscard]] std::string effective_toml(const Loaded& loaded);

/// The same as one JSON object: {"host.plugins": {"value": ..., "origin": "..."}, ...}. Times in
/// milliseconds, sizes in bytes.
[[nodiscard]] std::string effective_json(const Loaded& loaded);

}  // namespace berth::host::config
