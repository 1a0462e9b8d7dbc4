// SPDX-License-Identifier: MIT
#include "cli/project_act.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

std::string words(const std::string& name, const nlohmann::json& reply) {
    return "loaded anew; " + state_words(name, reply);
}

int run(const Arguments& arguments, Terminal& terminal) {
    return act_on_project({.verb = "reload", .doing = "loading", .ends_clients = true, .words = words}, arguments,
                          terminal);
}

}  // namespace

Verb reload() {
    return {
        .name = "reload",
        .group = "projects",
        .summary = "Load a project's library anew, even if it is the same.",
        .description =
            "As when a changed library is copied over it: the new generation serves newcomers, the clients of the\n"
            "old one are closed with 1012. A library that cannot be loaded leaves what runs untouched.",
        .positionals = {{.name = "NAME", .help = "The project.", .completes = Completes::project}},
        .options = {{.name = "yes", .value = "", .help = "Do not ask, though it has more than one client."}},
        .examples = {{"berth reload chat --yes", "begin with fresh globals for everybody"}},
        .run = run};
}

}  // namespace berth::host::cli::verbs
