// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/completion.hpp"

namespace berth::host::cli {
namespace {

constexpr std::string_view head = R"sh(#compdef berth
# zsh completion for berth, made by `berth __completion zsh`.

# Names that the running host knows; none when it does not answer. What is asked for comes last, behind what is for compadd.
_berth_ask() {
    local what=$argv[-1]
    local -a found
    argv[-1]=()
    [[ -n ${opt_args[--socket]} ]] && _berth_where=(--socket ${opt_args[--socket]})
    found=(${(f)"$($_berth_program __complete $what ${line[1]} $_berth_where 2>/dev/null)"})
    (( $#found )) || return 1
    [[ $what == keys ]] && argv+=(-S '')
    compadd "$@" -a found
}

)sh";

constexpr std::string_view tail = R"sh(_berth() {
    local curcontext=$curcontext state state_descr
    local -a line _berth_where
    typeset -A opt_args
    local _berth_program=${~words[1]}
    _arguments -C -S : \
        '--socket=[The control socket of the host]:PATH:_files' \
        '--json[Data as JSON]' \
        '--quiet[No words but errors]' \
        '(- *)--help[The verbs]' \
        '(- *)--version[The versions]' \
        '1:verb:_berth_verbs' \
        '*::argument:->argument' && return
    [[ $state == argument ]] || return 1
    [[ -n ${opt_args[--socket]} ]] && _berth_where=(--socket ${opt_args[--socket]})
    line=()
    _berth_arguments $words[1]
}

if [[ $funcstack[1] == _berth ]]; then
    _berth "$@"
else
    compdef _berth berth
fi
)sh";

/// Inside '...' and inside the [...] or between the : of a specification.
std::string quoted(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\'') {
            result += "'\\''";
        } else {
            if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
            result += c;
        }
    }
    return result;
}

std::string action_of(Completes completes, Kind kind) {
    const auto offer = offer_of(completes, kind);
    if (offer.empty()) return " ";
    if (offer == "file") return "_files";
    if (offer == "verb") return "_berth_verbs";
    const auto words = words_of_offer(offer);
    if (offer == "typed") return "compadd -S \"\" " + std::string(words);
    if (!words.empty()) return "(" + std::string(words) + ")";
    return "_berth_ask " + std::string(offer);
}

std::string specification_of(const Option& option) {
    std::string text = fmt::format("{}--{}", option.is_repeatable ? "*" : "", option.name);
    if (option.value.empty()) return text + fmt::format("[{}]", quoted(option.help));
    const auto action = option.name == "socket" ? std::string("_files") : action_of(option.completes, option.kind);
    return text + fmt::format("=[{}]:{}:{}", quoted(option.help), quoted(option.value), action);
}

std::string specification_of(const Positional& positional, std::size_t index) {
    const std::string name = quoted(positional.name);
    const std::string action = action_of(positional.completes, positional.kind);
    switch (positional.number) {
        case Positional::Number::one: return fmt::format("{}:{}:{}", index, name, action);
        case Positional::Number::optional: return fmt::format("{}::{}:{}", index, name, action);
        case Positional::Number::any: return fmt::format("*:{}:{}", name, action);
    }
    return {};
}

}  // namespace

std::string zsh_completion() {
    std::string verbs = "_berth_verbs() {\n    local -a verbs=(\n        'help:What a verb does'\n";
    std::string arguments = "_berth_arguments() {\n    case $1 in\n        (help) _arguments '1:verb:_berth_verbs' ;;\n";
    for (const Verb* verb : shown_verbs()) {
        verbs += fmt::format("        '{}:{}'\n", verb->name, quoted(verb->summary));
        arguments += fmt::format("        ({})\n            _arguments -S :", verb->name);
        for (const Option& option : shown_options(*verb))
            arguments += fmt::format(" \\\n                '{}'", specification_of(option));
        for (std::size_t i = 0; i < verb->positionals.size(); ++i)
            arguments += fmt::format(" \\\n                '{}'", specification_of(verb->positionals[i], i + 1));
        arguments += "\n            ;;\n";
    }
    verbs += "    )\n    _describe -t verbs verb verbs\n}\n\n";
    arguments += "    esac\n}\n\n";
    return std::string(head) + verbs + arguments + std::string(tail);
}

}  // namespace berth::host::cli
