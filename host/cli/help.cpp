// SPDX-License-Identifier: MIT
#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal.hpp"

namespace berth::host::cli {
namespace {

std::string left_of(const Option& option) {
    return fmt::format("--{}{}{}", option.name, option.value.empty() ? "" : " ", option.value);
}

/// "  left   right": two columns with a common edge.
std::string columns(const std::vector<std::pair<std::string, std::string_view>>& rows) {
    std::size_t edge = 0;
    for (const auto& [left, right] : rows) edge = std::max(edge, left.size());
    std::string text;
    for (const auto& [left, right] : rows) text += fmt::format("  {:<{}}  {}\n", left, edge, right);
    return text;
}

std::string options_of(const std::vector<Option>& options) {
    std::vector<std::pair<std::string, std::string_view>> rows;
    for (const auto& option : options) {
        if (!option.is_hidden) rows.emplace_back(left_of(option), option.help);
    }
    return columns(rows);
}

}  // namespace

std::span<const std::pair<int, std::string_view>> exit_code_meanings() {
    static constexpr std::pair<int, std::string_view> meanings[] = {
        {exit_done, "Done."},
        {exit_failed, "Refused or failed, for the reason on standard error; also a host that is not ready, and errors that "
                      "check or doctor has found."},
        {exit_usage, "The command line is wrong, or an act wants --yes."},
        {exit_not_found, "No such client or project."},
        {exit_partial, "Partly done."},
        {exit_warnings, "With --strict: warnings only."},
        {exit_no_input, "No such file."},
        {exit_unavailable, "The host, or a part of it, is not running."},
        {75, "Not now: try again later."},
        {exit_permission, "Not allowed."},
        {exit_configuration, "The configuration is wrong."}};
    return meanings;
}

std::span<const std::pair<std::string_view, std::string_view>> environment_meanings() {
    static constexpr std::pair<std::string_view, std::string_view> meanings[] = {
        {"BERTH_SOCKET", "The control socket of the host, unless --socket names one."},
        {"BERTH_CONFIG", "The configuration, unless --config names one. The verbs that talk to a host find its socket there."},
        {"BERTH_SECTION__KEY", "One value over the file's, as BERTH_HOST__STATE=/srv/berth."},
        {"NO_COLOR", "When set and not empty: no colour."},
        {"TERM", "When it is dumb or missing: no colour, no progress, nothing drawn in place."},
        {"COLUMNS, LINES", "The size of a terminal that does not tell its own."}};
    return meanings;
}

std::string usage_of(const Verb& verb) {
    std::string text = fmt::format("berth {}", verb.name);
    for (const auto& positional : verb.positionals) {
        switch (positional.number) {
            case Positional::Number::one:
                text += fmt::format(" {}", positional.name);
                break;
            case Positional::Number::optional:
                text += fmt::format(" [{}]", positional.name);
                break;
            case Positional::Number::any:
                text += fmt::format(" [{}…]", positional.name);
                break;
        }
    }
    return text + " [options]";
}

std::string overview() {
    std::string text = "Berth, a WebSocket application server.\n\nusage: berth VERB [arguments] [options]\n";
    std::vector<std::string_view> groups;
    for (const auto& verb : all_verbs()) {
        const bool is_new = std::find(groups.begin(), groups.end(), verb.group) == groups.end();
        if (!verb.group.empty() && is_new) groups.push_back(verb.group);
    }
    std::size_t edge = 0;
    for (const auto& verb : all_verbs()) edge = std::max(edge, verb.group.empty() ? 0 : verb.name.size());
    for (const auto group : groups) {
        text += fmt::format("\n{}\n", group);
        for (const auto& verb : all_verbs()) {
            if (verb.group == group) text += fmt::format("  {:<{}}  {}\n", verb.name, edge, verb.summary);
        }
    }
    text +=
        "\n`berth VERB --help` tells more. Data goes to standard output, words to standard error.\n"
        "Exit codes: 0 done, 1 refused or failed, 2 usage, 3 no such client or project, 4 partly done,\n"
        "66 no such file, 69 host not running, 75 try again later, 77 not allowed, 78 configuration.\n";
    return text;
}

std::string help_of(const Verb& verb) {
    std::string text = fmt::format("{}\n\nusage: {}\n", verb.summary, usage_of(verb));
    if (!verb.description.empty()) text += fmt::format("\n{}\n", verb.description);
    if (!verb.positionals.empty()) {
        std::vector<std::pair<std::string, std::string_view>> rows;
        for (const auto& positional : verb.positionals) rows.emplace_back(positional.name, positional.help);
        text += "\narguments\n" + columns(rows);
    }
    if (!verb.options.empty()) text += "\noptions\n" + options_of(verb.options);
    text += "\neverywhere\n" + options_of(common_options(verb));
    if (!verb.examples.empty()) {
        text += "\nexamples\n";
        for (const auto& example : verb.examples)
            text += fmt::format("  {}\n      {}\n", example.line, example.does);
    }
    return text;
}

}  // namespace berth::host::cli
