// SPDX-License-Identifier: MIT
#include <algorithm>

#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

using control::Answer;
using nlohmann::json;

/// What to say to each target besides its name.
json request_of(const Arguments& arguments) {
    json request{{"verb", "disconnect"}};
    if (const auto code = arguments.count("code")) request["code"] = *code;
    if (const auto reason = arguments.text("reason")) request["reason"] = *reason;
    return request;
}

/// One request for each client named, or one for the project or address.
std::vector<json> requests_of(const Arguments& arguments) {
    std::vector<json> requests;
    for (const auto& id : arguments.texts("CLIENT")) {
        requests.push_back(request_of(arguments));
        requests.back()["client"] = id;
    }
    for (const char* name : {"project", "address"}) {
        if (!arguments.has(name)) continue;
        requests.push_back(request_of(arguments));
        requests.back()[name] = *arguments.text(name);
    }
    return requests;
}

/// How many clients this would reach.
Answer<std::uint64_t> reach(control::Client& client, const Arguments& arguments, Terminal& terminal) {
    if (const auto ids = arguments.texts("CLIENT"); !ids.empty()) return ids.size();
    json request{{"verb", "clients"}, {"limit", 1}};
    for (const char* name : {"project", "address"}) {
        if (const auto value = arguments.text(name)) request[name] = *value;
    }
    auto reply = ask(client, terminal, std::move(request));
    if (!reply) return tl::unexpected(reply.error());
    return count_at(*reply, "total");
}

int run(const Arguments& arguments, Terminal& terminal) {
    const bool names_clients = arguments.has("CLIENT");
    if (int{names_clients} + int{arguments.has("project")} + int{arguments.has("address")} != 1) {
        return terminal.fail(exit_usage,
                             "disconnect: name clients by id, or one --project, or one --address");
    }
    auto client = connect(arguments);
    if (!client) return terminal.fail(client.error());
    const auto count = reach(*client, arguments, terminal);
    if (!count) return terminal.fail(count.error());
    if (!may_touch(arguments, terminal, *count, "disconnect")) return exit_usage;

    std::uint64_t done = 0;
    int worst = exit_done;
    for (auto& request : requests_of(arguments)) {
        const auto reply = ask(*client, terminal, std::move(request), {.words = "disconnecting"});
        if (reply) {
            done += count_at(*reply, "count");
        } else {
            worst = terminal.fail(reply.error());
        }
    }
    if (terminal.manners().json) {
        terminal.put({{"count", done}});
    } else if (worst == exit_done || done > 0) {
        terminal.say("disconnected " + counted(done, "client"));
    }
    return worst != exit_done && done > 0 ? exit_partial : worst;
}

}  // namespace

Verb disconnect() {
    return {
        .name = "disconnect",
        .group = "clients",
        .summary = "Disconnect clients: some, all of a project, all of an address.",
        .description =
            "What was queued for a client is delivered first. The code is 1000 unless another is given.",
        .positionals = {{.name = "CLIENT",
                         .help = "Ids, as `berth clients` shows them.",
                         .number = Positional::Number::any,
                         .kind = Kind::client}},
        .options = {{.name = "project", .value = "NAME", .help = "All clients of this project.", .completes = Completes::project},
                    {.name = "address", .value = "ADDRESS", .help = "All clients of this address."},
                    {.name = "code",
                     .value = "N",
                     .help = "Close code: 1000-1003, 1007-1009, 1011-1014 or 3000-4999.",
                     .kind = Kind::count},
                    {.name = "reason", .value = "TEXT", .help = "At most 123 bytes; the client hears it."},
                    {.name = "yes", .value = "", .help = "Do not ask, though it is more than one client."}},
        .examples = {{"berth disconnect 4294967302 --code 4001 --reason \"too loud\"", "one client"},
                     {"berth disconnect --project chat --yes", "everybody in chat"}},
        .run = run};
}

}  // namespace berth::host::cli::verbs
