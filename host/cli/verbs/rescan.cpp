// SPDX-License-Identifier: MIT
#include <ostream>

#include "cli/host_call.hpp"
#include "cli/verbs/verbs.hpp"
#include "log/render.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

int run(const Arguments& arguments, Terminal& terminal) {
    auto reply = ask(arguments, terminal, {{"verb", "rescan"}});
    if (!reply) return terminal.fail(reply.error());
    const json refused = reply->value("refused", json::array());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
        return refused.empty() ? exit_done : exit_failed;
    }
    bool is_changed = false;
    for (const char* what : {"added", "changed", "removed"}) {
        for (const auto& name : reply->value(what, json::array())) {
            is_changed = true;
            terminal.out() << what << ' '
                           << log::escaped(name.is_string() ? name.get<std::string>() : name.dump()) << '\n';
        }
    }
    for (const auto& entry : refused)
        terminal.fail(exit_failed, text_at(entry, "file") + ": " + text_at(entry, "error"));
    if (!is_changed && refused.empty()) terminal.say("nothing has changed");
    return refused.empty() ? exit_done : exit_failed;
}

}  // namespace

Verb rescan() {
    return {
        .name = "rescan",
        .group = "projects",
        .summary = "Look for new, changed and removed libraries now.",
        .description = "The plugins directory is watched anyway; this is for file systems that do not tell.",
        .positionals = {},
        .options = {},
        .examples = {},
        .run = run};
}

}  // namespace berth::host::cli::verbs
