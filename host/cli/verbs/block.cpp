// SPDX-License-Identifier: MIT
#include <chrono>

#include "cli/host_call.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

int run(const Arguments& arguments, Terminal& terminal) {
    nlohmann::json request{{"verb", "block"}, {"project", *arguments.text("NAME")}};
    if (const auto after = arguments.duration("retry-after")) {
        request["retry_after_s"] = std::chrono::ceil<std::chrono::seconds>(*after).count();
    }
    auto reply = ask(arguments, terminal, std::move(request));
    if (!reply) return terminal.fail(reply.error());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
    } else {
        terminal.say("project " + *arguments.text("NAME") + " refuses newcomers; `berth open " +
                     *arguments.text("NAME") + "` ends it");
    }
    return exit_done;
}

}  // namespace

Verb block() {
    return {.name = "block",
            .group = "projects",
            .summary = "Refuse newcomers to a project; who is connected stays.",
            .description = "Newcomers get 503 with Retry-After.",
            .positionals = {{.name = "NAME", .help = "The project.", .completes = Completes::project}},
            .options = {{.name = "retry-after",
                         .value = "TIME",
                         .help = "When newcomers may try again; default 30 s.",
                         .kind = Kind::duration}},
            .examples = {},
            .run = run};
}

}  // namespace berth::host::cli::verbs
