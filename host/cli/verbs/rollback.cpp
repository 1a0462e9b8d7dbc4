// SPDX-License-Identifier: MIT
#include "cli/project_act.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

std::string words(const std::string& name, const nlohmann::json& reply) {
    return "back to the version before; " + state_words(name, reply);
}

int run(const Arguments& arguments, Terminal& terminal) {
    return act_on_project({.verb = "rollback", .doing = "going back", .clients = ClientsOf::act_replaces, .words = words},
                          arguments, terminal);
}

}  // namespace

Verb rollback() {
    return {
        .name = "rollback",
        .group = "projects",
        .summary = "Bring back the version of a project before the present one.",
        .description =
            "A redeploy of the library that ran before. The host keeps the last three, across its own restarts, too; each\n"
            "rollback goes one further back, and the version that it leaves is not kept. The file in the plugins directory\n"
            "stays as it is, and is not loaded again, with the next start of the host neither, until another is deployed.",
        .positionals = {{.name = "NAME", .help = "The project.", .completes = Completes::project}},
        .options = {{.name = "yes", .value = "", .help = "Do not ask, though it has more than one client and may not keep them."}},
        .examples = {{"berth rollback chat", "undo the last deploy"}},
        .run = run};
}

}  // namespace berth::host::cli::verbs
