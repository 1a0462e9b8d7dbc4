// SPDX-License-Identifier: MIT
#include <chrono>

#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/project_act.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds usual_window{60'000};
/// The last close, and the host's own look at who is left.
constexpr std::chrono::seconds drain_grace{30};

std::string drained_words(const std::optional<std::string>& name, bool is_over, const json& reply) {
    const std::string what = name ? "project " + *name : "the host";
    const std::string undo = name ? "`berth open " + *name + "`" : "`berth open`";
    const std::string left = counted(count_at(reply, "clients"), "client");
    if (!is_over) return what + " sends its clients away, " + left + " so far left; `berth status` shows it, " + undo + " ends it";
    return what + " is " + text_at(reply, "state") + ", " + left + " left; " + undo + " lets newcomers in" + (name ? "" : ", `berth stop` ends it");
}

int run(const Arguments& arguments, Terminal& terminal) {
    const auto name = arguments.text("NAME");
    const auto over = arguments.duration("over").value_or(usual_window);
    auto client = connect(arguments);
    if (!client) return terminal.fail(client.error());
    if (!arguments.has("yes")) {
        const auto count = clients_of(*client, terminal, name);
        if (!count) return terminal.fail(count.error());
        if (!may_touch(arguments, terminal, *count, "send away")) return exit_usage;
    }
    json request{{"verb", "drain"}, {"over_ms", over.count()}, {"wait", !arguments.has("no-wait")}};
    if (name) request["project"] = *name;
    if (const auto after = arguments.duration("retry-after")) {
        request["retry_after_s"] = std::chrono::ceil<std::chrono::seconds>(*after).count();
    }
    auto reply = ask(*client, terminal, std::move(request),
                     {.timeout = over + drain_grace, .words = "sending clients away over " + duration_text(over)});
    if (!reply) return terminal.fail(reply.error());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
    } else {
        terminal.say(drained_words(name, !arguments.has("no-wait"), *reply));
    }
    return exit_done;
}

}  // namespace

Verb drain() {
    return {.name = "drain",
            .group = "the host",
            .summary = "Send the clients of the host, or of one project, away over a while.",
            .description =
                "Newcomers get 503 with Retry-After at once, and without NAME readiness (/readyz, `berth health`) is off. Those\n"
                "who are connected are closed with 1001, evenly over the time, each told in the reason when to come back\n"
                "(retry-after=SECONDS). Projects run on. Newcomers stay out until `berth open`, or until the host starts again.",
            .positionals = {{.name = "NAME",
                             .help = "Only this project.",
                             .number = Positional::Number::optional,
                             .completes = Completes::project}},
            .options = {{.name = "over", .value = "TIME", .help = "When the last one is closed; default 60 s.", .kind = Kind::duration},
                        {.name = "retry-after",
                         .value = "TIME",
                         .help = "When clients and newcomers may try again; default 30 s.",
                         .kind = Kind::duration},
                        {.name = "no-wait", .value = "", .help = "Only begin it."},
                        {.name = "yes", .value = "", .help = "Do not ask, though there is more than one client."}},
            .examples = {{"berth drain --over 60s --yes && berth stop", "an end that nobody notices behind a balancer"},
                         {"berth drain chat --over 5min --retry-after 1s", "chat is emptied, the others go on"}},
            .run = run};
}

}  // namespace berth::host::cli::verbs
