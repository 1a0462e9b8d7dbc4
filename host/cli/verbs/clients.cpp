// SPDX-License-Identifier: MIT
#include <limits>
#include <ostream>

#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/table.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

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
                  {.name = "PROJECT"},
                  {.name = "ADDRESS"},
                  {.name = "CONNECTED", .is_right = true, .rank = 3},
                  {.name = "IDLE", .is_right = true, .rank = 1},
                  {.name = "IN", .is_right = true, .rank = 2},
                  {.name = "OUT", .is_right = true, .rank = 2},
                  {.name = "BACKLOG", .is_right = true, .rank = 4},
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
         bytes_text(count_at(client, "backlog_bytes")), text_at(client, "path"), text_at(client, "status")});
}

int run(const Arguments& arguments, Terminal& terminal) {
    auto client = connect(arguments);
    if (!client) return terminal.fail(client.error());
    const std::size_t most = arguments.count("limit").value_or(std::numeric_limits<std::size_t>::max());
    json all = json::array();
    Table table = client_table();
    const auto reply = client->page(request_of(arguments), "clients", most, [&](json& element) {
        if (terminal.manners().json) {
            all.push_back(std::move(element));
        } else {
            add(table, element);
        }
    });
    if (!reply) return terminal.fail(reply.error());
    if (arguments.has("CLIENT") && all.empty() && table.is_empty()) {
        return terminal.fail(exit_not_found,
                             "no client " + *arguments.text("CLIENT") + "; `berth clients` lists them");
    }
    if (terminal.manners().json) {
        json data = data_of(*reply);
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
            {{.name = "project", .value = "NAME", .help = "Clients of this project."},
             {.name = "address", .value = "ADDRESS", .help = "Clients of this address."},
             {.name = "idle",
              .value = "TIME",
              .help = "Clients that have been silent for so long, as 5min.",
              .kind = Kind::duration},
             {.name = "limit", .value = "N", .help = "At most so many; default all.", .kind = Kind::count},
             {.name = "after",
              .value = "CLIENT",
              .help = "Those whose id is greater: the next page.",
              .kind = Kind::client}},
        .examples = {{"berth clients --project chat --idle 5min", "who is connected to chat and says nothing"}},
        .run = run};
}

}  // namespace berth::host::cli::verbs
