// SPDX-License-Identifier: MIT
#include "cli/manual.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/completion.hpp"
#include "cli/help.hpp"
#include "cli/roff.hpp"

namespace berth::host::cli {
namespace {

std::string option_term(const Option& option) {
    std::string term = roff_bold("--" + std::string(option.name));
    if (!option.value.empty()) term += " " + roff_italic(option.value);
    return term;
}

std::string synopsis_of(const Verb& verb) {
    std::string line = roff_bold("berth " + std::string(verb.name));
    for (const Positional& positional : verb.positionals) {
        switch (positional.number) {
            case Positional::Number::one: line += " " + roff_italic(positional.name); break;
            case Positional::Number::optional: line += " [" + roff_italic(positional.name) + "]"; break;
            case Positional::Number::any: line += " [" + roff_italic(positional.name) + " ...]"; break;
        }
    }
    return line + " [" + roff_italic("options") + "]";
}

std::string verb_section(const Verb& verb) {
    std::string text = fmt::format(".SS {}\n{}\n", synopsis_of(verb), roff_paragraphs(verb.summary));
    if (!verb.description.empty()) text += roff_paragraphs(verb.description);
    for (const Positional& positional : verb.positionals) text += roff_item(roff_italic(positional.name), positional.help);
    for (const Option& option : verb.options) {
        if (!option.is_hidden) text += roff_item(option_term(option), option.help);
    }
    for (const Example& example : verb.examples) {
        text += roff_paragraphs("Example: " + std::string(example.does) + ":");
        text += roff_literal(std::string(example.line) + "\n");
    }
    return text;
}

std::string groups() {
    std::string text;
    std::vector<std::string_view> seen;
    for (const Verb* verb : shown_verbs()) {
        if (std::find(seen.begin(), seen.end(), verb->group) != seen.end()) continue;
        seen.push_back(verb->group);
        std::string title(verb->group);
        std::transform(title.begin(), title.end(), title.begin(),
                       [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
        text += roff_section(title);
        for (const Verb* member : shown_verbs()) {
            if (member->group == verb->group) text += verb_section(*member);
        }
    }
    return text;
}

std::string common() {
    std::string text = roff_section("OPTIONS OF EVERY VERB");
    text += roff_paragraphs("Before the verb or behind it; a value after a blank or =. Behind -- everything is a word.");
    for (const Option& option : common_options(*find_verb("status"))) text += roff_item(option_term(option), option.help);
    return text;
}

}  // namespace

std::string program_manual() {
    std::string text = roff_head("berth", 1, BERTH_VERSION);
    text += roff_section("NAME") + "berth \\- a WebSocket application server for projects in native code\n";
    text += roff_section("SYNOPSIS") + roff_bold("berth") + " " + roff_italic("VERB") + " [" + roff_italic("arguments") +
            "] [" + roff_italic("options") + "]\n";
    text += roff_section("DESCRIPTION");
    text += roff_paragraphs(
        "Berth serves projects: shared libraries, each of which handles the WebSocket clients that connect under its name.\n"
        "This program is the host itself, `berth serve`, and the command line that looks at a running host and tells it\n"
        "what to do, over a UNIX socket.\n"
        "\n"
        "Data go to standard output, words to standard error. Tables are cut to the terminal. Acts that end more than one\n"
        "client ask first on a terminal and want --yes elsewhere.");
    text += groups() + common();
    text += roff_section("EXIT STATUS");
    for (const auto& [code, meaning] : exit_code_meanings()) text += roff_item(roff_bold(std::to_string(code)), meaning);
    text += roff_section("ENVIRONMENT");
    for (const auto& [name, meaning] : environment_meanings()) text += roff_item(roff_bold(name), meaning);
    text += roff_section("FILES");
    text += roff_item(roff_italic("/etc/berth/berth.toml"), "The configuration, unless another is named.");
    text += roff_item(roff_italic("/var/lib/berth/plugins"), "Libraries that become projects; host.plugins.");
    text += roff_item(roff_italic("/var/lib/berth"), "What is kept: projects' data, registry.json; host.state.");
    text += roff_item(roff_italic("/run/berth/control.sock"),
                      "The control socket of a host that root has started; of another user's, berth/control.sock in "
                      "XDG_RUNTIME_DIR.");
    text += roff_section("SEE ALSO") + ".BR berth.toml (5),\n.BR berth\\-sdk (3),\n.BR berth\\-tutorial (7)\n";
    return text;
}

std::optional<std::string> manual(std::string_view page) {
    if (page == "berth.1") return program_manual();
    if (page == "berth.toml.5") return configuration_manual();
    return std::nullopt;
}

}  // namespace berth::host::cli
