// SPDX-License-Identifier: MIT
#include <ostream>

#include "cli/host_call.hpp"
#include "cli/verbs/verbs.hpp"
#include "log/render.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

json request_of(const Arguments& arguments) {
    json request{{"verb", "logs"}};
    if (const auto project = arguments.text("project")) request["project"] = *project;
    if (const auto level = arguments.text("level")) request["level"] = *level;
    if (const auto age = arguments.duration("since")) request["since_ms"] = age->count();
    if (const auto lines = arguments.count("lines")) request["lines"] = *lines;
    if (arguments.has("follow")) request["follow"] = true;
    return request;
}

int run(const Arguments& arguments, Terminal& terminal) {
    auto client = connect(arguments);
    if (!client) return terminal.fail(client.error());
    const auto end = client->stream(request_of(arguments), [&](const json& line) {
        const auto record = log::record_from(line.value("record", json()));
        if (!record) return true;
        const bool is_json = terminal.manners().json;
        terminal.out() << (is_json ? log::render_json(*record)
                                   : log::render_human(*record, terminal.manners().colour))
                       << '\n';
        terminal.out().flush();
        return terminal.out().good();
    });
    return end ? exit_done : terminal.fail(end.error());
}

}  // namespace

Verb logs() {
    return {.name = "logs",
            .group = "the host",
            .summary = "Show the newest log lines; --follow goes on.",
            .description = "The host keeps its newest 10,000 lines in memory.",
            .positionals = {},
            .options = {{.name = "project", .value = "NAME", .help = "Lines of this project.", .completes = Completes::project},
                        {.name = "level",
                         .value = "LEVEL",
                         .help = "At least debug, info (default), warning or error.",
                         .kind = Kind::level},
                        {.name = "since",
                         .value = "TIME",
                         .help = "Lines of the last so long, as 5min.",
                         .kind = Kind::duration},
                        {.name = "lines",
                         .value = "N",
                         .help = "The last so many; default 100.",
                         .kind = Kind::count},
                        {.name = "follow", .value = "", .help = "Go on with new lines until interrupted."}},
            .examples = {{"berth logs --project chat --level warning --since 1h",
                          "what went wrong in chat within the hour"}},
            .run = run};
}

}  // namespace berth::host::cli::verbs
