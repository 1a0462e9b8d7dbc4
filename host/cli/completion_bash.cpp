// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/completion.hpp"

namespace berth::host::cli {
namespace {

constexpr std::string_view head = R"sh(# bash completion for berth, made by `berth __completion bash`.

)sh";

// Bash gives "--name=value" as three words, and "text:hi" too; the values of options are no words of the verb.
constexpr std::string_view body = R"sh(_berth() {
    local cur=${COMP_WORDS[COMP_CWORD]} word verb='' expects='' target='' kind='' literal='' nth=0 i
    local -a where=()
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == '=' ]]; then
            continue
        elif [[ -n $expects ]]; then
            [[ $expects == --socket ]] && where=(--socket "$word")
            expects=''
        elif [[ -z $literal && $word == -- ]]; then
            literal=1
        elif [[ -z $literal && $word == -* ]]; then
            _berth_value "$verb" "$word" >/dev/null && expects=$word
        elif [[ -z $verb ]]; then
            verb=$word
        else
            [[ -z $target ]] && target=$word
            nth=$((nth + 1))
        fi
    done
    [[ $cur == '=' ]] && cur=''

    if [[ -n $expects ]]; then
        kind=$(_berth_value "$verb" "$expects")
    elif [[ -z $literal && $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_berth_options "$verb")" -- "$cur")
        return
    elif [[ -z $verb ]]; then
        kind=verb
    else
        kind=$(_berth_word "$verb" "$nth")
    fi
    case $kind in
        '') ;;
        file)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            ;;
        verb|level|typed|isolation|language)
            [[ $kind == typed ]] && compopt -o nospace 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -W "$(_berth_words "$kind")" -- "$cur")
            ;;
        *)
            [[ $kind == keys ]] && compopt -o nospace 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -W "$("$1" __complete "$kind" ${target:+"$target"} "${where[@]}" 2>/dev/null)" -- "$cur")
            ;;
    esac
}

complete -F _berth berth
)sh";

}  // namespace

std::string bash_completion() {
    std::string verbs = "help";
    std::string options;
    std::string values;
    std::string words = "        'help 0') echo verb ;;\n";
    for (const Verb* verb : shown_verbs()) {
        verbs += fmt::format(" {}", verb->name);
        std::string names;
        for (const Option& option : shown_options(*verb)) {
            names += fmt::format("{}--{}", names.empty() ? "" : " ", option.name);
            if (option.value.empty() || option.name == "socket") continue;
            values += fmt::format("        '{} --{}') echo {} ;;\n", verb->name, option.name,
                                  offer_of(option.completes, option.kind));
        }
        options += fmt::format("        {}) echo '{}' ;;\n", verb->name, names);
        for (std::size_t i = 0; i < verb->positionals.size(); ++i) {
            const Positional& positional = verb->positionals[i];
            const auto offer = offer_of(positional.completes, positional.kind);
            if (offer.empty()) continue;
            // One that takes any number is the last.
            const bool is_any = positional.number == Positional::Number::any;
            words += is_any ? fmt::format("        '{} '*) echo {} ;;\n", verb->name, offer)
                            : fmt::format("        '{} {}') echo {} ;;\n", verb->name, i, offer);
        }
    }
    std::string text(head);
    text += "# VERB: its options.\n_berth_options() {\n    case $1 in\n" + options +
            "        *) echo '--socket --json --quiet --help --version' ;;\n    esac\n}\n\n";
    text += "# VERB --OPTION: what its value is; fails for options without one.\n_berth_value() {\n    case \"$1 $2\" in\n"
            "        *' --socket') echo file ;;\n" +
            values + "        *) return 1 ;;\n    esac\n}\n\n";
    text += "# VERB N: what the word number N behind it is, from 0.\n_berth_word() {\n    case \"$1 $2\" in\n" + words +
            "    esac\n}\n\n";
    text += "_berth_words() {\n    case $1 in\n" + fmt::format("        verb) echo '{}' ;;\n", verbs);
    for (const char* offer : {"level", "typed", "isolation", "language"})
        text += fmt::format("        {}) echo '{}' ;;\n", offer, words_of_offer(offer));
    text += "    esac\n}\n\n";
    return text.append(body);
}

}  // namespace berth::host::cli
