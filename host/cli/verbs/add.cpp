// SPDX-License-Identifier: MIT
#include "cli/host_call.hpp"
#include "cli/project_act.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

std::string words(const nlohmann::json& reply) { return state_words(text_at(reply, "project"), reply); }

int run(const Arguments& arguments, Terminal& terminal) { return act_on_file({.verb = "add", .words = words}, arguments, terminal); }

}  // namespace

Verb add() {
    return {
        .name = "add",
        .group = "projects",
        .summary = "Make a library a project, wherever it lies.",
        .description =
            "The library is checked and started; only when it runs it is remembered, for every start of the host to\n"
            "come. It is watched like the plugins directory: a changed file replaces the running one. The file and its\n"
            "directory must belong to root or the host's user, and nobody else may write there. A library that\n"
            "`berth remove` has left out counts again.",
        .positionals = {{.name = "FILE", .help = "The library.", .completes = Completes::file}},
        .options = {{.name = "name",
                     .value = "NAME",
                     .help = "The project's name, instead of the one that the library declares or the file has."}},
        .examples = {{"berth add build/chat.so", "serve what was just built, where it is"},
                     {"berth add /opt/chat/chat.so --name chat-next", "a second one beside the first"}},
        .run = run};
}

}  // namespace berth::host::cli::verbs
