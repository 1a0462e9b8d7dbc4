// SPDX-License-Identifier: MIT
#include <ostream>

#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

void print(const json& service, Terminal& terminal) {
    auto& out = terminal.out();
    const bool has_run = service.contains("last_ms") && !service["last_ms"].is_null();
    const bool has_next = service.contains("next_ms") && !service["next_ms"].is_null();
    out << "interval  " << duration_text(milliseconds_at(service, "interval_ms")) << '\n'
        << "runs      " << count_at(service, "runs") << ", " << count_at(service, "missed") << " missed\n"
        << "last run  " << (has_run ? duration_text(milliseconds_at(service, "last_ms")) : "none yet") << '\n'
        << "next run  "
        << (service.value("running", false) ? "running now"
            : has_next                      ? "in " + duration_text(milliseconds_at(service, "next_ms"))
                                            : "none planned")
        << '\n';
}

int run(const Arguments& arguments, Terminal& terminal) {
    json request{{"verb", "service"}, {"project", *arguments.text("NAME")}};
    const bool is_run = arguments.has("run");
    if (is_run) request["run"] = true;
    const Patience patience = is_run ? Patience{.timeout = project_timeout,
                                                .words = "running the global service of " + *arguments.text("NAME")}
                                     : Patience{};
    auto reply = ask(arguments, terminal, std::move(request), patience);
    if (!reply) return terminal.fail(reply.error());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
        return exit_done;
    }
    print(*reply, terminal);
    if (is_run)
        terminal.say("ran the global service of " + text_at(*reply, "project") + "; the next planned run comes when it would have come anyway");
    return exit_done;
}

}  // namespace

Verb service() {
    return {
        .name = "service",
        .group = "projects",
        .summary = "Show a project's global service, or run it now.",
        .description = "",
        .positionals = {{.name = "NAME", .help = "The project.", .completes = Completes::project}},
        .options = {{.name = "run", .value = "", .help = "Run it now; the times of the planned runs stay."}},
        .examples = {{"berth service ticker --run", "does not wait for the interval"}},
        .run = run};
}

}  // namespace berth::host::cli::verbs
