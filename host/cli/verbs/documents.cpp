// SPDX-License-Identifier: MIT
// Hidden verbs for packages and shells: manual pages, completions, and what completions ask.
#include <algorithm>
#include <fstream>
#include <ostream>

#include "cli/completion.hpp"
#include "cli/host_call.hpp"
#include "cli/manual.hpp"
#include "cli/verbs/verbs.hpp"
#include "config/keys.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

/// Somebody waits with a finger on the tab key.
constexpr std::chrono::milliseconds ask_limit{500};

/// To standard output, or into the file when one is named.
int put_document(const std::string& document, const Arguments& arguments, Terminal& terminal) {
    const auto file = arguments.text("FILE");
    if (!file) {
        terminal.out() << document;
        return exit_done;
    }
    std::ofstream out(*file, std::ios::binary);
    out << document;
    out.close();
    return out ? int{exit_done} : terminal.fail(exit_failed, *file + ": cannot be written");
}

int run_manual(const Arguments& arguments, Terminal& terminal) {
    const auto page = manual(*arguments.text("PAGE"));
    if (!page) return terminal.fail(exit_usage, "there are the pages berth.1 and berth.toml.5");
    return put_document(*page, arguments, terminal);
}

int run_completion(const Arguments& arguments, Terminal& terminal) {
    const auto shell = shell_named(*arguments.text("SHELL"));
    if (!shell) return terminal.fail(exit_usage, "there are completions for bash, zsh and fish");
    return put_document(completion(*shell), arguments, terminal);
}

/// Shells split and expand what they get: only names that mean nothing to them are passed on.
bool is_harmless(const std::string& word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    });
}

class Names {
public:
    explicit Names(const Arguments& arguments) : arguments_(arguments) {}

    void projects() {
        for (const auto& project : ask({{"verb", "projects"}}, "projects")) add(text_at(project, "name"));
    }
    void clients() {
        for (const auto& client : ask({{"verb", "clients"}}, "clients")) add(text_at(client, "id"));
    }
    void procedures(const std::string& target) {
        std::string project = target;
        if (parse_count(target)) {
            const json found = ask({{"verb", "clients"}, {"client", target}}, "clients");
            project = found.empty() ? "" : text_at(found.front(), "project");
        }
        if (project.empty()) return;
        const json found = ask({{"verb", "projects"}, {"project", project}}, "projects");
        if (found.empty()) return;
        for (const auto& procedure : found.front().value("procedures", json::array())) {
            if (procedure.value("admin", false)) add(text_at(procedure, "name"));
        }
    }
    [[nodiscard]] const std::vector<std::string>& all() const { return names_; }

private:
    /// Nothing when there is no host, or it has something better to do.
    json ask(json request, const char* list) {
        auto client = connect(arguments_);
        if (!client) return json::array();
        const auto reply = client->call(std::move(request), ask_limit);
        return reply ? reply->value(list, json::array()) : json::array();
    }
    void add(const std::string& name) {
        if (is_harmless(name)) names_.push_back(name);
    }

    const Arguments& arguments_;
    std::vector<std::string> names_;
};

int run_complete(const Arguments& arguments, Terminal& terminal) {
    const std::string what = *arguments.text("WHAT");
    if (what == "keys") {
        for (const auto& key : config::keys()) {
            std::string name = key.full_name();
            if (key.section == config::Section::specific) continue;
            if (key.section == config::Section::listen) name.insert(name.find('.'), ".0");
            terminal.out() << name << "=\n";
        }
        return exit_done;
    }
    Names names(arguments);
    if (what == "projects" || what == "targets") names.projects();
    if (what == "clients" || what == "targets") names.clients();
    if (what == "procedures") names.procedures(arguments.text("TARGET").value_or(""));
    for (const auto& name : names.all()) terminal.out() << name << '\n';
    return exit_done;
}

Verb hidden(std::string_view name, Run run, std::vector<Positional> positionals, bool uses_host) {
    return {.name = name,
            .group = "",
            .summary = "For packages and shells.",
            .description = "",
            .positionals = std::move(positionals),
            .options = {},
            .examples = {},
            .run = run,
            .uses_host = uses_host};
}

}  // namespace

std::vector<Verb> documents() {
    const Positional file{.name = "FILE", .help = "Where it is written.", .number = Positional::Number::optional};
    return {hidden("__manual", run_manual, {{.name = "PAGE", .help = "berth.1 or berth.toml.5"}, file}, false),
            hidden("__completion", run_completion, {{.name = "SHELL", .help = "bash, zsh or fish"}, file}, false),
            hidden("__complete", run_complete,
                   {{.name = "WHAT", .help = "projects, clients, targets, procedures or keys"},
                    {.name = "TARGET", .help = "Whose procedures.", .number = Positional::Number::optional}},
                   true)};
}

}  // namespace berth::host::cli::verbs
