// SPDX-License-Identifier: MIT
#include "cli/host_call.hpp"
#include "cli/project_act.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

std::string words(const nlohmann::json& reply) {
    const std::string state = state_words(text_at(reply, "project"), reply);
    if (reply.value("kept", false)) return state;
    return state + "; " + text_at(reply, "file") + " could not be replaced, and is what the next start begins with";
}

int run(const Arguments& arguments, Terminal& terminal) {
    return act_on_file({.verb = "deploy", .replaces_clients = true, .words = words}, arguments, terminal);
}

}  // namespace

Verb deploy() {
    return {
        .name = "deploy",
        .group = "projects",
        .summary = "Replace a project by another version that lies elsewhere.",
        .description =
            "The library is checked and started beside the running one; when it runs, newcomers go to it, and it is\n"
            "copied over the project's own file. Clients of a project that is stateless or resumes go on in it; others\n"
            "stay with the old one until they leave, or limits.drain has passed and they are closed with 1012. One that\n"
            "cannot be loaded leaves everything untouched. `berth rollback` brings back the version before.",
        .positionals = {{.name = "FILE", .help = "The library.", .completes = Completes::file}},
        .options = {{.name = "name",
                     .value = "NAME",
                     .help = "The project, instead of the one that the library declares or the file has."},
                    {.name = "yes", .value = "", .help = "Do not ask, though it has more than one client and may not keep them."}},
        .examples = {{"berth deploy build/chat.so", "the version that was just built"},
                     {"berth deploy chat-2.so --name chat", "a file of another name"}},
        .run = run};
}

}  // namespace berth::host::cli::verbs
