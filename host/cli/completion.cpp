// SPDX-License-Identifier: MIT
#include "cli/completion.hpp"

#include "cli/arguments.hpp"

namespace berth::host::cli {

std::optional<Shell> shell_named(std::string_view name) {
    if (name == "bash") return Shell::bash;
    if (name == "zsh") return Shell::zsh;
    if (name == "fish") return Shell::fish;
    return std::nullopt;
}

std::string completion(Shell shell) {
    switch (shell) {
        case Shell::bash: return bash_completion();
        case Shell::zsh: return zsh_completion();
        case Shell::fish: return fish_completion();
    }
    return {};
}

std::string_view offer_of(Completes completes, Kind kind) {
    switch (completes) {
        case Completes::file: return "file";
        case Completes::project: return "projects";
        case Completes::target: return "targets";
        case Completes::procedure: return "procedures";
        case Completes::key: return "keys";
        case Completes::typed: return "typed";
        case Completes::isolation: return "isolation";
        case Completes::language: return "language";
        case Completes::verb: return "verb";
        case Completes::nothing: break;
    }
    if (kind == Kind::client) return "clients";
    if (kind == Kind::level) return "level";
    return "";
}

std::string_view words_of_offer(std::string_view offer) {
    if (offer == "level") return "debug info warning error";
    if (offer == "isolation") return "process none";
    if (offer == "language") return "cpp c rust";
    if (offer == "typed") return "text: int: real: bool:true bool:false buffer:@ client:";
    return "";
}

std::vector<const Verb*> shown_verbs() {
    std::vector<const Verb*> shown;
    for (const Verb& verb : all_verbs()) {
        if (!verb.group.empty()) shown.push_back(&verb);
    }
    return shown;
}

std::vector<Option> shown_options(const Verb& verb) {
    std::vector<Option> shown;
    for (const auto& list : {verb.options, common_options(verb)}) {
        for (const Option& option : list) {
            if (!option.is_hidden) shown.push_back(option);
        }
    }
    return shown;
}

}  // namespace berth::host::cli
