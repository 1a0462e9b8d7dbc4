// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/cli.hpp"
#include "cli/help.hpp"
#include "cli/suggest.hpp"
#include "config/config.hpp"

namespace berth::host::cli {
namespace {

/// In the order of the table that they were made from.
using Declared = std::vector<CLI::Option*>;

tl::unexpected<Explanation> usage_error(const std::string& sentence, std::string_view verb = "") {
    const std::string help = verb.empty() ? "berth --help" : "berth " + std::string(verb) + " --help";
    return tl::unexpected(Explanation{"berth: " + sentence + "\nberth: `" + help + "` tells more\n", 2});
}

std::vector<std::string_view> names_of_verbs() {
    std::vector<std::string_view> names{"help"};
    for (const auto& verb : all_verbs()) {
        if (!verb.group.empty()) names.push_back(verb.name);
    }
    return names;
}

/// The first argument that is neither an option nor the value of one of the common options.
std::size_t find_verb_argument(const std::vector<std::string>& arguments) {
    std::size_t i = 0;
    for (; i < arguments.size() && arguments[i].starts_with("-"); ++i) {
        if (arguments[i] == "--socket") ++i;
    }
    return i;
}

/// Declares them without targets: the library's conversions would split "[a,b]" and drop "{}".
Declared declare_options(CLI::App& app, const std::vector<Option>& options) {
    Declared declared;
    for (const auto& option : options) {
        const std::string flag = "--" + std::string(option.name);
        if (option.value.empty()) {
            declared.push_back(app.add_flag(flag));
        } else {
            declared.push_back(app.add_option(flag)->expected(1)->allow_extra_args(false));
            declared.back()->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        }
    }
    return declared;
}

/// What the library says about a mistake, in our words.
std::string sentence_of(const CLI::Error& error) {
    const std::string text = error.what();
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) == nullptr) return text;
    return text.substr(0, text.find(':')) + " needs a value";
}

std::string unknown_option(const std::string& argument, const std::vector<Option>& options) {
    std::vector<std::string_view> names;
    for (const auto& option : options) names.push_back(option.name);
    const std::string name = argument.substr(0, argument.find('='));
    const auto letters = std::min(name.find_first_not_of('-'), name.size());
    return "unknown option " + name + did_you_mean(std::string_view(name).substr(letters), names, "--");
}

tl::expected<Arguments, std::string> check_options(const std::vector<Option>& options,
                                                   const Declared& declared) {
    Arguments arguments;
    for (std::size_t i = 0; i < options.size(); ++i) {
        const Option& option = options[i];
        if (declared[i]->count() == 0) continue;
        const std::string name(option.name);
        if (option.value.empty()) {
            arguments.set(name, {"true"});
            continue;
        }
        const auto& given = declared[i]->results();
        for (const auto& value : given) {
            if (const auto checked = check_kind(option.kind, value); !checked) {
                return tl::unexpected("--" + name + ": " + checked.error().message);
            }
        }
        if (given.size() > 1 && !option.is_repeatable) return tl::unexpected("--" + name + " is given twice");
        arguments.set(name, given);
    }
    return arguments;
}

/// What is no option, in order. Behind "--" everything is a word; before it, a word does not begin with a
/// dash.
tl::expected<std::vector<std::string>, std::string> words_of(const CLI::App& app,
                                                             const std::vector<Option>& options) {
    std::vector<std::string> words;
    bool is_literal = false;
    for (const auto& argument : app.remaining()) {
        if (!is_literal && argument == "--") {
            is_literal = true;
        } else if (!is_literal && argument.size() > 1 && argument.starts_with("-")) {
            return tl::unexpected(unknown_option(argument, options));
        } else {
            words.push_back(argument);
        }
    }
    return words;
}

/// A project's name where a client's id may be given, to see only that one: how the whole project is asked for.
std::string instead_of_client(const Verb& verb, const Positional& positional, const std::string& word) {
    const bool takes_project = std::any_of(verb.options.begin(), verb.options.end(),
                                           [](const Option& option) { return option.name == "project"; });
    const bool looks_only = positional.number == Positional::Number::optional && positional.kind == Kind::client;
    if (!looks_only || !takes_project || !config::is_project_name(word)) return "";
    return "; those of a project: `berth " + std::string(verb.name) + " --project " + word + "`";
}

/// Deals the words to the positionals: one each in order, the rest to one that takes any number.
tl::expected<void, std::string> deal(const Verb& verb, const std::vector<std::string>& words,
                                     Arguments& arguments) {
    std::size_t next = 0;
    for (const auto& positional : verb.positionals) {
        const std::size_t most = positional.number == Positional::Number::any ? words.size() : next + 1;
        std::vector<std::string> values;
        for (; next < std::min(most, words.size()); ++next) {
            if (const auto checked = check_kind(positional.kind, words[next]); !checked) {
                return tl::unexpected(checked.error().message + instead_of_client(verb, positional, words[next]));
            }
            values.push_back(words[next]);
        }
        if (values.empty() && positional.number == Positional::Number::one) {
            return tl::unexpected(std::string(positional.name) + " is missing: " + usage_of(verb));
        }
        if (!values.empty()) arguments.set(std::string(positional.name), std::move(values));
    }
    if (next < words.size()) return tl::unexpected("\"" + words[next] + "\" is too much: " + usage_of(verb));
    return {};
}

tl::expected<Command, Explanation> parse_verb(const Verb& verb, const std::vector<std::string>& rest) {
    const auto refuse = [&](const std::string& sentence) {
        return usage_error(std::string(verb.name) + ": " + sentence, verb.name);
    };
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    std::vector<Option> options = verb.options;
    for (const auto& option : common_options(verb)) options.push_back(option);
    const Declared declared = declare_options(app, options);
    try {
        app.parse(std::vector<std::string>(rest.rbegin(), rest.rend()));
    } catch (const CLI::Error& error) {
        return refuse(sentence_of(error));
    }
    auto arguments = check_options(options, declared);
    if (!arguments) return refuse(arguments.error());
    if (arguments->has("help")) return tl::unexpected(Explanation{help_of(verb), 0});
    const auto words = words_of(app, options);
    if (!words) return refuse(words.error());
    if (const auto dealt = deal(verb, *words, *arguments); !dealt) return refuse(dealt.error());
    return Command{&verb, std::move(*arguments)};
}

}  // namespace

tl::expected<Command, Explanation> parse(const std::vector<std::string>& arguments) {
    const std::size_t at = find_verb_argument(arguments);
    if (at >= arguments.size()) {
        for (const auto& argument : arguments) {
            if (argument == "--help" || argument == "-h") return tl::unexpected(Explanation{overview(), 0});
            if (argument == "--version") return Command{find_verb("version"), {}};
        }
        if (arguments.empty()) return tl::unexpected(Explanation{overview(), 2});
        return usage_error("which verb? " + arguments.back() + " alone does nothing");
    }
    std::string name = arguments[at];
    std::vector<std::string> rest(arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(at));
    rest.insert(rest.end(), arguments.begin() + static_cast<std::ptrdiff_t>(at) + 1, arguments.end());
    if (name == "help") {
        if (rest.empty()) return tl::unexpected(Explanation{overview(), 0});
        name = rest.front();
        rest = {"--help"};
    }
    const Verb* verb = find_verb(name);
    if (verb == nullptr) {
        return usage_error("unknown verb \"" + name.substr(0, 64) + "\"" +
                           did_you_mean(name, names_of_verbs(), "berth "));
    }
    const auto literal = std::find(rest.begin(), rest.end(), "--");
    std::replace(rest.begin(), literal, std::string("-h"), std::string("--help"));
    return parse_verb(*verb, rest);
}

tl::expected<Command, Explanation> parse(std::span<char* const> arguments) {
    return parse(std::vector<std::string>(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end()));
}

}  // namespace berth::host::cli
