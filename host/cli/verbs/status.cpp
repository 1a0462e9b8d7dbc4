// SPDX-License-Identifier: MIT
#include <ostream>

#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/project_table.hpp"
#include "cli/verbs/verbs.hpp"
#include "log/render.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

void print(const json& status, Terminal& terminal) {
    const json host = status.value("host", json::object());
    const json gateway = status.value("gateway", json::object());
    const json pages = status.value("pages", json());
    auto& out = terminal.out();
    const auto line = [&](std::string_view name, const std::string& value) {
        out << name << std::string(15 - name.size(), ' ') << log::escaped(value) << '\n';
    };
    line("host", "berth " + text_at(host, "version") + ", " + text_at(host, "state") + " for " +
                     duration_text(since(host, "started_at_ms")) + ", pid " +
                     std::to_string(count_at(host, "pid")));
    if (!text_at(host, "configuration").empty()) line("configuration", text_at(host, "configuration"));
    if (!text_at(host, "plugins").empty()) line("plugins", text_at(host, "plugins"));
    for (const auto& listener : status.value("listeners", json::array())) {
        line("listening", (listener.value("tls", false) ? "wss://" : "ws://") + text_at(listener, "address"));
    }
    if (pages.is_object()) line("pages", "http://" + text_at(pages, "address") + "/");
    line("gateway", text_at(gateway, "state") + ", " + counted(count_at(gateway, "restarts"), "restart"));
    line("clients", std::to_string(count_at(status, "clients")) + " of " +
                        std::to_string(count_at(status, "clients_limit")));
    if (const std::string words = drain_words(host); !words.empty()) line("drain", words);
    const json projects = status.value("projects", json::array());
    if (projects.empty()) {
        terminal.say("no projects yet; copy a library into " + text_at(host, "plugins"));
        return;
    }
    out << '\n';
    print_projects(projects, terminal);
}

int run(const Arguments& arguments, Terminal& terminal) {
    auto reply = ask(arguments, terminal, {{"verb", "status"}});
    if (!reply) return terminal.fail(reply.error());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
    } else {
        print(*reply, terminal);
    }
    return exit_done;
}

}  // namespace

Verb status() {
    return {.name = "status",
            .group = "the host",
            .summary = "What runs: the host, its listeners, its projects.",
            .description = "",
            .positionals = {},
            .options = {},
            .examples = {{"berth status --json | jq .clients", "how many clients are connected"}},
            .run = run};
}

}  // namespace berth::host::cli::verbs
