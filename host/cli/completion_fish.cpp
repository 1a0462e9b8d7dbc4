// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/completion.hpp"

namespace berth::host::cli {
namespace {

constexpr std::string_view head = R"sh(# fish completion for berth, made by `berth __completion fish`.

)sh";

constexpr std::string_view functions = R"sh(# The verb and the words behind it that are complete; options and their values left out.
function __berth_said
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l verb ''
    set -l skips 0
    for token in $tokens
        if test $skips = 1
            set skips 0
            continue
        end
        switch $token
            case '--*=*'
            case '-*'
                if __berth_takes_value "$verb" $token
                    set skips 1
                end
            case '*'
                test -z "$verb"; and set verb $token
                echo $token
        end
    end
end

function __berth_has_no_verb
    test (count (__berth_said)) = 0
end

function __berth_verb_is
    set -l said (__berth_said)
    test (count $said) -gt 0; and test $said[1] = $argv[1]
end

# VERB FROM TO: the next word behind the verb is number FROM to TO, from 0.
function __berth_word_is
    set -l said (__berth_said)
    test (count $said) -gt $argv[2]; and test (count $said) -le (math $argv[3] + 1); and test $said[1] = $argv[1]
end

# Names that the running host knows; none when it does not answer.
function __berth_ask
    set -l tokens (commandline -opc)
    set -l said (__berth_said)
    set -l where
    set -l at (contains -i -- --socket $tokens)
    and set where --socket $tokens[(math $at + 1)]
    command $tokens[1] __complete $argv[1] $said[2] $where 2>/dev/null
end

complete -c berth -f
)sh";

std::string quoted(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\'' || c == '\\') result += '\\';
        result += c;
    }
    return result;
}

/// What follows -a, or the switch for files; empty: nothing is offered.
std::string arguments_of(Completes completes, Kind kind) {
    const auto offer = offer_of(completes, kind);
    if (offer.empty()) return "";
    if (offer == "file") return " -F";
    const auto words = words_of_offer(offer);
    if (!words.empty()) return fmt::format(" -a '{}'", words);
    return fmt::format(" -a '(__berth_ask {})'", offer);
}

}  // namespace

std::string fish_completion() {
    std::string values = "'* --socket'";
    std::string rules =
        "complete -c berth -n __berth_has_no_verb -l socket -r -F -d 'The control socket of the host'\n"
        "complete -c berth -n __berth_has_no_verb -l json -d 'Data as JSON'\n"
        "complete -c berth -n __berth_has_no_verb -l quiet -d 'No words but errors'\n"
        "complete -c berth -n __berth_has_no_verb -l help -d 'The verbs'\n"
        "complete -c berth -n __berth_has_no_verb -l version -d 'The versions'\n"
        "complete -c berth -n __berth_has_no_verb -a help -d 'What a verb does'\n";
    std::string verbs;
    for (const Verb* verb : shown_verbs()) {
        verbs += fmt::format("{}{}", verbs.empty() ? "" : " ", verb->name);
        rules += fmt::format("complete -c berth -n __berth_has_no_verb -a {} -d '{}'\n", verb->name, quoted(verb->summary));
    }
    rules += fmt::format("complete -c berth -n '__berth_word_is help 0 0' -a '{}'\n", verbs);
    for (const Verb* verb : shown_verbs()) {
        for (const Option& option : shown_options(*verb)) {
            rules += fmt::format("complete -c berth -n '__berth_verb_is {}' -l {}", verb->name, option.name);
            if (!option.value.empty()) {
                rules += " -r" + (option.name == "socket" ? std::string(" -F") : arguments_of(option.completes, option.kind));
                if (option.name != "socket") values += fmt::format(" '{} --{}'", verb->name, option.name);
            }
            rules += fmt::format(" -d '{}'\n", quoted(option.help));
        }
        for (std::size_t i = 0; i < verb->positionals.size(); ++i) {
            const Positional& positional = verb->positionals[i];
            const std::string offered = arguments_of(positional.completes, positional.kind);
            if (offered.empty()) continue;
            const std::size_t last = positional.number == Positional::Number::any ? 1000 : i;
            rules += fmt::format("complete -c berth -n '__berth_word_is {} {} {}'{}\n", verb->name, i, last, offered);
        }
    }
    return std::string(head) +
           fmt::format("# VERB --OPTION: whether it has a value.\nfunction __berth_takes_value\n    switch \"$argv[1] $argv[2]\"\n"
                       "        case {}\n            return 0\n    end\n    return 1\nend\n\n",
                       values) +
           std::string(functions) + rules;
}

}  // namespace berth::host::cli
