// SPDX-License-Identifier: MIT
#include "cli/project_act.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

int run(const Arguments& arguments, Terminal& terminal) {
    return act_on_project({.verb = "open", .doing = "opening", .words = state_words}, arguments, terminal);
}

}  // namespace

Verb open() {
    return {.name = "open",
            .group = "projects",
            .summary = "Let newcomers into a blocked project again.",
            .description = "",
            .positionals = {{.name = "NAME", .help = "The project.", .completes = Completes::project}},
            .options = {},
            .examples = {},
            .run = run};
}

}  // namespace berth::host::cli::verbs
