// SPDX-License-Identifier: MIT
/// Help made from the table of verbs.
#pragma once

#include <string>

#include "cli/verb.hpp"

namespace berth::host::cli {

/// `berth --help`: the verbs in their groups.
[[nodiscard]] std::string overview();
/// `berth VERB --help`.
[[nodiscard]] std::string help_of(const Verb& verb);
/// "berth clients [--project NAME] …".
[[nodiscard]] std::string usage_of(const Verb& verb);

}  // namespace berth::host::cli
