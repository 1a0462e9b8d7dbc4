// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>
#include <ostream>

#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "cli/verbs/verbs.hpp"
#include "cli/watch.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds every_default = 2s;
constexpr std::chrono::milliseconds every_min = 100ms;

json request_of(const Arguments& arguments) {
    json request{{"verb", "clients"}};
    for (const char* name : {"project", "address", "after"}) {
        if (const auto value = arguments.text(name)) request[name] = *value;
    }
    if (const auto id = arguments.text("CLIENT")) request["client"] = *id;
    if (const auto idle = arguments.duration("idle")) request["idle_ms_min"] = idle->count();
    return request;
}

Table client_table() {
    return Table({{.name = "CLIENT", .is_right = true},
                  {.name = "PROJECT", .may_shrink = true},
                  {.name = "ADDRESS", .may_shrink = true},
                  {.name = "CONNECTED", .is_right = true, .rank = 3},
                  {.name = "IDLE", .is_right = true, .rank = 1},
                  {.name = "IN", .is_right = true, .rank = 2},
                  {.name = "OUT", .is_right = true, .rank = 2},
                  {.name = "BACKLOG", .is_right = true, .rank = 4},
                  {.name = "VERSION", .rank = 7},
                  {.name = "PATH", .may_shrink = true, .rank = 5},
                  {.name = "STATUS", .rank = 6}});
}

void add(Table& table, const json& client) {
    const std::string address = text_at(client, "address");
    const std::string host = address.find(':') == std::string::npos ? address : "[" + address + "]";
    table.add(
        {text_at(client, "id"), text_at(client, "project"),
         host + ":" + std::to_string(count_at(client, "port")),
         duration_text(since(client, "connected_at_ms")), duration_text(milliseconds_at(client, "idle_ms")),
         std::to_string(count_at(client, "messages_in")), std::to_string(count_at(client, "messages_out")),
         bytes_text(count_at(client, "backlog_bytes")), text_at(client, "version"), text_at(client, "path"), text_at(client, "status")});
}

/// One picture of the list; `most` clients of it. Answers the last reply.
control::Answer<json> list(control::Client& client, const Arguments& arguments, Terminal& terminal, std::size_t most,
                           json& all, Table& table) {
    const Progress progress(terminal, "listing the clients");
    return client.page(request_of(arguments), "clients", most, [&](json& element) {
        if (terminal.manners().json) {
            all.push_back(std::move(element));
        } else {
            add(table, element);
        }
    });
}

int watch_clients(control::Client& client, const Arguments& arguments, Terminal& terminal, std::size_t most) {
    const auto every = arguments.duration("every").value_or(every_default);
    if (every < every_min) return terminal.fail(exit_usage, "clients: --every must be 100 ms or more");
    const auto& manners = terminal.manners();
    return watch(terminal, every, [&](std::ostream& out) {
        json all = json::array();
        Table table = client_table();
        // What does not fit the screen need not be fetched.
        const bool is_bounded = manners.redraws && !manners.json && manners.height > 0;
        auto reply = list(client, arguments, terminal, is_bounded ? std::min(most, manners.height) : most, all, table);
        if (!reply) return terminal.fail(reply.error());
        if (manners.json) {
            json data = data_of(std::move(*reply));
            data["clients"] = std::move(all);
            out << data.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
        } else {
            out << counted(count_at(*reply, "total"), "client") << "\n\n";
            table.print(out, manners.width, manners.colour);
        }
        return int{exit_done};
    });
}

int run(const Arguments& arguments, Terminal& terminal) {
    auto client = connect(arguments);
    if (!client) return terminal.fail(client.error());
    const std::size_t most = arguments.count("limit").value_or(std::numeric_limits<std::size_t>::max());
    if (arguments.has("watch")) return watch_clients(*client, arguments, terminal, most);
    json all = json::array();
    Table table = client_table();
    auto reply = list(*client, arguments, terminal, most, all, table);
    if (!reply) return terminal.fail(reply.error());
    if (arguments.has("CLIENT") && all.empty() && table.is_empty()) {
        return terminal.fail(exit_not_found,
                             "no client " + *arguments.text("CLIENT") + "; `berth clients` lists them");
    }
    if (terminal.manners().json) {
        json data = data_of(std::move(*reply));
        data["clients"] = std::move(all);
        terminal.put(data);
        return exit_done;
    }
    if (!table.is_empty()) table.print(terminal.out(), terminal.manners().width, terminal.manners().colour);
    const auto total = count_at(*reply, "total");
    terminal.say(total == 0
                     ? "no clients"
                     : counted(total, "client") + (most < total ? " in all; --after and --limit page" : ""));
    return exit_done;
}

}  // namespace

Verb clients() {
    return {
        .name = "clients",
        .group = "clients",
        .summary = "List the connected clients.",
        .description = "",
        .positionals = {{.name = "CLIENT",
                         .help = "Only this client, by its id.",
                         .number = Positional::Number::optional,
                         .kind = Kind::client}},
        .options =
            {{.name = "project", .value = "NAME", .help = "Clients of this project.", .completes = Completes::project},
             {.name = "address", .value = "ADDRESS", .help = "Clients of this address."},
             {.name = "idle",
              .value = "TIME",
              .help = "Clients that have been silent for so long, as 5min.",
              .kind = Kind::duration},
             {.name = "limit", .value = "N", .help = "At most so many; default all.", .kind = Kind::count},
             {.name = "after",
              .value = "CLIENT",
              .help = "Those whose id is greater: the next page.",
              .kind = Kind::client},
             {.name = "watch", .value = "", .help = "Again and again, until Ctrl-C."},
             {.name = "every",
              .value = "TIME",
              .help = "With --watch: between two pictures; default 2 s.",
              .kind = Kind::duration}},
        .examples = {{"berth clients --project chat --idle 5min", "who is connected to chat and says nothing"},
                     {"berth clients --watch", "who comes and goes"}},
        .run = run};
}

}  // namespace berth::host::cli::verbs
