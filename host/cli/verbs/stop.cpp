// SPDX-License-Identifier: MIT
#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

/// Beyond the host's own limit: the time in which its processes end.
constexpr std::chrono::seconds grace{15};

int run(const Arguments& arguments, Terminal& terminal) {
    auto client = connect(arguments);
    if (!client) return terminal.fail(client.error());
    auto reply = client->call({{"verb", "stop"}});
    if (!reply) return terminal.fail(reply.error());
    const auto within = milliseconds_at(*reply, "within_ms");
    if (!arguments.has("no-wait")) {
        terminal.say("stopping, at most " + duration_text(within));
        if (!client->wait_closed(within + grace)) {
            return terminal.fail(exit_failed, "the host is still running; look at `berth logs`");
        }
    }
    if (terminal.manners().json) terminal.put(data_of(std::move(*reply)));
    if (!arguments.has("no-wait")) terminal.say("stopped");
    return exit_done;
}

}  // namespace

Verb stop() {
    return {.name = "stop",
            .group = "the host",
            .summary = "Stop the host: close its clients with 1001, end its projects.",
            .description = "Waits until the host has ended.",
            .positionals = {},
            .options = {{.name = "no-wait", .value = "", .help = "Only ask it to stop."}},
            .examples = {},
            .run = run};
}

}  // namespace berth::host::cli::verbs
