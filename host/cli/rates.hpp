// SPDX-License-Identifier: MIT
/// What happened between two samples of the host's figures, for `top`.
#pragma once

#include <nlohmann/json.hpp>

namespace berth::host::cli {

/// Two answers to the verb stats, `seconds` apart, as `top --json` prints them (json.md). A counter that went back was
/// started anew meanwhile: it counts from 0. Without any time between them nothing has a rate.
[[nodiscard]] nlohmann::json rates_between(const nlohmann::json& before, const nlohmann::json& after, double seconds);

}  // namespace berth::host::cli
