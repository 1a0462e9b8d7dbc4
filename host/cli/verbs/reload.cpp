// SPDX-License-Identifier: MIT
#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/project_act.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

/// For certificates, sockets and the gateway's answer.
constexpr std::chrono::seconds configuration_timeout{30};

std::string project_words(const std::string& name, const json& reply) {
    return "loaded anew; " + state_words(name, reply);
}

std::string configuration_words(const json& reply) {
    const json changed = reply.value("changed", json::array());
    std::string words = changed.empty() ? "nothing has changed" : "configuration reloaded:";
    for (const json& change : changed) words += "\n  " + change.get<std::string>();
    for (const json& name : reply.value("later", json::array())) {
        words += "\na part for project " + name.get<std::string>() + " waits until it is loaded again: `berth reload " +
                 name.get<std::string>() + "`";
    }
    return words;
}

int reload_configuration(const Arguments& arguments, Terminal& terminal) {
    auto client = connect(arguments);
    if (!client) return terminal.fail(client.error());
    auto reply = ask(*client, terminal, {{"verb", "reload"}}, {.timeout = configuration_timeout, .words = "reloading"});
    if (!reply) return terminal.fail(reply.error());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
    } else {
        terminal.say(configuration_words(*reply));
    }
    return exit_done;
}

int run(const Arguments& arguments, Terminal& terminal) {
    if (!arguments.has("NAME")) return reload_configuration(arguments, terminal);
    return act_on_project({.verb = "reload", .doing = "loading", .clients = ClientsOf::act_replaces, .words = project_words}, arguments,
                          terminal);
}

}  // namespace

Verb reload() {
    return {
        .name = "reload",
        .group = "projects",
        .summary = "Read configuration and certificates again, or load one project's library anew.",
        .description =
            "Without NAME all of the configuration holds afterwards, or nothing has changed and every error is said with\n"
            "its place (exit code 78). No connection is cut. What waits until a project is loaded again is said.\n"
            "\n"
            "With NAME, as when a changed library is copied over it, even if it is the same: the new generation serves\n"
            "newcomers. Clients of a project that is stateless or resumes go on in it; others stay with the old one until\n"
            "they leave, or limits.drain has passed and they are closed with 1012. A library that cannot be loaded leaves\n"
            "what runs untouched.",
        .positionals = {{.name = "NAME",
                         .help = "The project; without it the configuration.",
                         .number = Positional::Number::optional,
                         .completes = Completes::project}},
        .options = {{.name = "yes", .value = "", .help = "Do not ask, though it has more than one client and may not keep them."}},
        .examples = {{"berth reload", "after a change of berth.toml or of a certificate"},
                     {"berth reload chat --yes", "load chat anew"}},
        .run = run};
}

}  // namespace berth::host::cli::verbs
