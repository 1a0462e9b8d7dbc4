// SPDX-License-Identifier: MIT
#include "cli/host_call.hpp"
#include "cli/project_act.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

int open_host(const Arguments& arguments, Terminal& terminal) {
    auto reply = ask(arguments, terminal, {{"verb", "open"}});
    if (!reply) return terminal.fail(reply.error());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
    } else {
        terminal.say("the host is " + text_at(*reply, "state"));
    }
    return exit_done;
}

int run(const Arguments& arguments, Terminal& terminal) {
    if (!arguments.has("NAME")) return open_host(arguments, terminal);
    return act_on_project({.verb = "open", .doing = "opening", .words = state_words}, arguments, terminal);
}

}  // namespace

Verb open() {
    return {.name = "open",
            .group = "projects",
            .summary = "Let newcomers into a blocked or drained project again, or into a drained host.",
            .description =
                "Without NAME it ends what `berth drain` without NAME began; a project that was blocked or drained by\n"
                "name stays so.",
            .positionals = {{.name = "NAME",
                             .help = "The project; without it the host.",
                             .number = Positional::Number::optional,
                             .completes = Completes::project}},
            .options = {},
            .examples = {},
            .run = run};
}

}  // namespace berth::host::cli::verbs
