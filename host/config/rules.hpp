// SPDX-License-Identifier: MIT
/// Rules between values: TLS off loopback, pairs that must come together, sizes that must fit.
#pragma once

#include "config/assign.hpp"
#include "config/config.hpp"

namespace berth::host::config {

/// Notes every rule that `config` breaks, at the place of the value to change. `name` stands for
/// values that nobody wrote.
void check_rules(const Config& config, const std::string& name, Notes& notes);

}  // namespace berth::host::config
