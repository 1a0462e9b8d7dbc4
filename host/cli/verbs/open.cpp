// SPDX-License-Identifier: MIT
#include "cli/host_call.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

int run(const Arguments& arguments, Terminal& terminal) {
    auto reply = ask(arguments, {{"verb", "open"}, {"project", *arguments.text("NAME")}});
    if (!reply) return terminal.fail(reply.error());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
    } else {
        terminal.say("project " + *arguments.text("NAME") + " is " + text_at(*reply, "state"));
    }
    return exit_done;
}

}  // namespace

Verb open() {
    return {.name = "open",
            .group = "projects",
            .summary = "Let newcomers into a blocked project again.",
            .description = "",
            .positionals = {{.name = "NAME", .help = "The project."}},
            .options = {},
            .examples = {},
            .run = run};
}

}  // namespace berth::host::cli::verbs
