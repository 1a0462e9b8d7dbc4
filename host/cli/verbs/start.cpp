// SPDX-License-Identifier: MIT
#include "cli/project_act.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

int run(const Arguments& arguments, Terminal& terminal) {
    return act_on_project({.verb = "start", .doing = "starting", .words = state_words}, arguments, terminal);
}

}  // namespace

Verb start() {
    return {.name = "start",
            .group = "projects",
            .summary = "Start a project that was stopped or has failed.",
            .description =
                "Starts the newest library that has come, and waits until the first run of the global service is\n"
                "over. One that runs is left alone. A project that is blocked starts blocked.",
            .positionals = {{.name = "NAME", .help = "The project.", .completes = Completes::project}},
            .options = {},
            .examples = {{"berth start chat", "after `berth stop chat`"}},
            .run = run};
}

}  // namespace berth::host::cli::verbs
