// SPDX-License-Identifier: MIT
#include <ostream>

#include "cli/host_call.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

int run(const Arguments& arguments, Terminal& terminal) {
    auto reply = ask(arguments, terminal, {{"verb", "health"}});
    if (!reply) return terminal.fail(reply.error());
    const bool is_ready = reply->value("ready", false);
    const json reasons = reply->value("reasons", json::array());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
    } else {
        terminal.out() << (is_ready ? "ready" : "not ready") << '\n';
        for (const auto& reason : reasons) {
            if (reason.is_string()) terminal.say(reason.get<std::string>());
        }
    }
    return is_ready ? exit_done : exit_failed;
}

}  // namespace

Verb health() {
    return {.name = "health",
            .group = "the host",
            .summary = "Whether the host is ready, for probes: exit code 0 or 1.",
            .description = "",
            .positionals = {},
            .options = {},
            .examples = {{"berth health --quiet", "in a container's health check"}},
            .run = run};
}

}  // namespace berth::host::cli::verbs
