// SPDX-License-Identifier: MIT
/// What a verb of the command line is, as data: parsing, help, completions and manual pages read the same
/// table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::host::cli {

class Arguments;
class Terminal;

/// What a value must be; checked before the verb runs.
enum class Kind {
    text,
    count,     ///< a whole number from 0
    duration,  ///< "5min", "20 s", "1 h 30 min": the interval grammar
    level,     ///< debug info warning error
    client,    ///< a client's id
};

/// What a shell offers for a value; Kind::client and Kind::level say enough by themselves.
enum class Completes {
    nothing,
    file,
    project,    ///< names, asked of the host
    target,     ///< of `execute`: projects and clients
    procedure,  ///< those of the target before it
    typed,      ///< text: int: …
    key,        ///< of the configuration
    isolation,
    language,   ///< of `new`
    verb,
};

/// --name or --name VALUE.
struct Option {
    std::string_view name;   ///< without dashes
    std::string_view value;  ///< what stands for the value in help; empty: a flag
    std::string_view help;
    Kind kind = Kind::text;
    bool is_repeatable = false;
    bool is_hidden = false;
    Completes completes = Completes::nothing;
};

/// An argument without a name, in the order of the table.
struct Positional {
    enum class Number { one, optional, any };
    std::string_view name;  ///< in capitals
    std::string_view help;
    Number number = Number::one;
    Kind kind = Kind::text;
    Completes completes = Completes::nothing;
};

/// A command line and what it does.
struct Example {
    std::string_view line;
    std::string_view does;
};

/// Answers the exit code.
using Run = int (*)(const Arguments& arguments, Terminal& terminal);

struct Verb {
    std::string_view name;
    std::string_view group;        ///< its heading in `berth --help`; empty: hidden
    std::string_view summary;      ///< one line
    std::string_view description;  ///< paragraphs; may be empty
    std::vector<Positional> positionals;
    std::vector<Option> options;
    std::vector<Example> examples;
    Run run;
    bool uses_host = true;  ///< takes --socket
};

/// Every verb, in the order of the help.
[[nodiscard]] const std::vector<Verb>& all_verbs();
[[nodiscard]] const Verb* find_verb(std::string_view name);
/// The options that every verb takes; --socket only where it talks to a host.
[[nodiscard]] std::vector<Option> common_options(const Verb& verb);

}  // namespace berth::host::cli
