// SPDX-License-Identifier: MIT
#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/progress.hpp"
#include "cli/project_act.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

/// Beyond the host's own limit: the time in which its processes end.
constexpr std::chrono::seconds grace{15};

int stop_host(const Arguments& arguments, Terminal& terminal) {
    auto client = connect(arguments);
    if (!client) return terminal.fail(client.error());
    if (!arguments.has("yes")) {
        // A host that cannot count its clients may be stopped all the same.
        const auto count = clients_of(*client, terminal, std::nullopt);
        if (!may_touch(arguments, terminal, count.value_or(0), "stop the host and disconnect")) return exit_usage;
    }
    auto reply = ask(*client, terminal, {{"verb", "stop"}});
    if (!reply) return terminal.fail(reply.error());
    const auto within = milliseconds_at(*reply, "within_ms");
    if (!arguments.has("no-wait")) {
        terminal.say("stopping, at most " + duration_text(within));
        const auto is_over = [&] {
            const Progress progress(terminal, "stopping");
            return client->wait_closed(within + grace);
        }();
        if (!is_over) return terminal.fail(exit_failed, "the host is still running; look at `berth logs`");
    }
    if (terminal.manners().json) terminal.put(data_of(std::move(*reply)));
    if (!arguments.has("no-wait")) terminal.say("stopped");
    return exit_done;
}

int run(const Arguments& arguments, Terminal& terminal) {
    if (!arguments.has("NAME")) return stop_host(arguments, terminal);
    if (arguments.has("no-wait")) {
        return terminal.fail(exit_usage, "stop: --no-wait is for the host; a project is waited for");
    }
    return act_on_project({.verb = "stop", .doing = "stopping", .clients = ClientsOf::act_ends, .words = state_words}, arguments,
                          terminal);
}

}  // namespace

Verb stop() {
    return {.name = "stop",
            .group = "the host",
            .summary = "Stop the host, or one project: clients closed with 1001, ended in order.",
            .description =
                "Without NAME the host ends. A stopped project is known and does not run: newcomers get 503 with\n"
                "Retry-After until `berth start NAME`, or until the host starts again: what should stay stopped is\n"
                "configured with project.NAME.enabled = false.",
            .positionals = {{.name = "NAME",
                             .help = "Only this project.",
                             .number = Positional::Number::optional,
                             .completes = Completes::project}},
            .options = {{.name = "no-wait", .value = "", .help = "Only ask the host to stop."},
                        {.name = "yes", .value = "", .help = "Do not ask, though it has more than one client."}},
            .examples = {{"berth stop chat --yes", "chat rests, the others go on"}},
            .run = run};
}

}  // namespace berth::host::cli::verbs
