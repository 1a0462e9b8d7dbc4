// SPDX-License-Identifier: MIT
/// Help made from the table of verbs.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "cli/verb.hpp"

namespace berth::host::cli {

/// `berth --help`: the verbs in their groups.
[[nodiscard]] std::string overview();
/// `berth VERB --help`.
[[nodiscard]] std::string help_of(const Verb& verb);
/// The exit codes and what they mean.
[[nodiscard]] std::span<const std::pair<int, std::string_view>> exit_code_meanings();
/// The variables of the environment that the program reads.
[[nodiscard]] std::span<const std::pair<std::string_view, std::string_view>> environment_meanings();
/// "berth clients [--project NAME] …".
[[nodiscard]] std::string usage_of(const Verb& verb);

}  // namespace berth::host::cli
