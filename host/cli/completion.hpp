// SPDX-License-Identifier: MIT
/// Completions for shells, made from the table of verbs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/verb.hpp"

namespace berth::host::cli {

enum class Shell { bash, zsh, fish };

[[nodiscard]] std::optional<Shell> shell_named(std::string_view name);
/// The script that the shell loads. Names that only the host knows it asks for with `berth __complete`.
[[nodiscard]] std::string completion(Shell shell);

/// What is offered for a value: the word for `__complete`, "file", "level", "typed", or "" for nothing.
[[nodiscard]] std::string_view offer_of(Completes completes, Kind kind);
/// What the script itself offers for such a word: "debug info ..."; empty where it has to ask.
[[nodiscard]] std::string_view words_of_offer(std::string_view offer);

/// One shell's script each.
[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();
[[nodiscard]] std::string fish_completion();

/// The verbs that people see, and "help".
[[nodiscard]] std::vector<const Verb*> shown_verbs();
/// All options of a verb that people see.
[[nodiscard]] std::vector<Option> shown_options(const Verb& verb);

}  // namespace berth::host::cli
