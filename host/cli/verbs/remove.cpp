// SPDX-License-Identifier: MIT
#include "cli/host_call.hpp"
#include "cli/project_act.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

std::string words(const std::string& name, const nlohmann::json& reply) {
    return "project " + name + " is removed; its library and its data stay: `berth add " + text_at(reply, "file") +
           "` takes it in again";
}

int run(const Arguments& arguments, Terminal& terminal) {
    return act_on_project({.verb = "remove", .doing = "removing", .clients = ClientsOf::act_ends, .words = words}, arguments,
                          terminal);
}

}  // namespace

Verb remove() {
    return {
        .name = "remove",
        .group = "projects",
        .summary = "End a project and forget it; its library stays where it is.",
        .description =
            "Its clients are closed with 1001 and its stop event runs. The host remembers that: a file of the plugins\n"
            "directory is left out until it changes or `berth add FILE` takes it in again. The project's data stay in\n"
            "the state directory.",
        .positionals = {{.name = "NAME", .help = "The project.", .completes = Completes::project}},
        .options = {{.name = "yes", .value = "", .help = "Do not ask, though it has more than one client."}},
        .examples = {{"berth remove chat --yes", "chat is gone, also after the next start"}},
        .run = run};
}

}  // namespace berth::host::cli::verbs
