// SPDX-License-Identifier: MIT
#include <ostream>

#include "cli/host_call.hpp"
#include "cli/project_table.hpp"
#include "cli/verbs/verbs.hpp"
#include "log/render.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

/// One project is asked for to see what it can do, so its procedures are shown too.
void print_procedures(const json& project, Terminal& terminal) {
    for (const auto& procedure : project.value("procedures", json::array())) {
        terminal.out() << "  procedure " << log::escaped(text_at(procedure, "name"))
                       << log::escaped(text_at(procedure, "signature"))
                       << (procedure.value("admin", false) ? "" : "  (not for administrators)") << '\n';
    }
}

/// Libraries that became no project, each with its sentence.
void print_refused(const json& refused, Terminal& terminal) {
    for (const auto& entry : refused) {
        terminal.out() << "refused  " << log::escaped(text_at(entry, "file") + ": " + text_at(entry, "error"))
                       << '\n';
    }
}

/// Libraries that are there and were removed.
void print_removed(const json& removed, Terminal& terminal) {
    for (const auto& file : removed) {
        const std::string path = file.is_string() ? file.get<std::string>() : "";
        terminal.out() << "removed  " << log::escaped(path) << ": `berth add " << log::escaped(path)
                       << "` takes it in again\n";
    }
}

int run(const Arguments& arguments, Terminal& terminal) {
    json request{{"verb", "projects"}};
    const auto name = arguments.text("NAME");
    if (name) request["project"] = *name;
    auto reply = ask(arguments, terminal, std::move(request));
    if (!reply) return terminal.fail(reply.error());
    const json projects = reply->value("projects", json::array());
    const json refused = reply->value("refused", json::array());
    // One that was asked for and is none, because its library was refused.
    const bool is_refused = name && projects.empty() && !refused.empty();
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
        return is_refused ? exit_failed : exit_done;
    }
    if (is_refused) return terminal.fail(exit_failed, "refused: " + text_at(refused.at(0), "error"));
    if (!projects.empty()) print_projects(projects, terminal);
    if (name && !projects.empty()) print_procedures(projects.at(0), terminal);
    const json removed = reply->value("removed", json::array());
    if (!name) print_refused(refused, terminal);
    if (!name) print_removed(removed, terminal);
    if (projects.empty() && refused.empty() && removed.empty())
        terminal.say("no projects yet; copy a library into the plugins directory");
    return exit_done;
}

}  // namespace

Verb projects() {
    return {.name = "projects",
            .group = "projects",
            .summary = "List the projects, or show one.",
            .description = "A name whose library was refused is answered with the reason, and exit code 1.",
            .positionals = {{.name = "NAME",
                             .help = "Only this project, with its procedures.",
                             .number = Positional::Number::optional,
                             .completes = Completes::project}},
            .options = {},
            .examples = {},
            .run = run};
}

}  // namespace berth::host::cli::verbs
