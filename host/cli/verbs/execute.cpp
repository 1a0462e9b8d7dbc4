// SPDX-License-Identifier: MIT
#include <algorithm>
#include <ostream>

#include "cli/host_call.hpp"
#include "cli/typed_argument.hpp"
#include "cli/verbs/verbs.hpp"
#include "log/render.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

/// TARGET is a client's id, the word "global" with --project, or the name of a project (its global service).
Result<void> add_target(json& request, const Arguments& arguments) {
    const std::string target = *arguments.text("TARGET");
    const auto project = arguments.text("project");
    if (project) request["project"] = *project;
    if (parse_count(target)) {
        request["client"] = target;
    } else if (target != "global") {
        if (project && *project != target) {
            return fail(Code::invalid,
                        "execute: TARGET " + target + " and --project " + *project + " name two projects");
        }
        request["project"] = target;
    } else if (!project) {
        return fail(Code::invalid,
                    "execute: say whose global service: `berth execute global PROCEDURE --project NAME`");
    }
    return {};
}

int run(const Arguments& arguments, Terminal& terminal) {
    json request{
        {"verb", "execute"}, {"procedure", *arguments.text("PROCEDURE")}, {"arguments", json::array()}};
    if (const auto added = add_target(request, arguments); !added) return terminal.fail(added.error());
    for (const auto& text : arguments.texts("ARGUMENT")) {
        auto argument = parse_typed_argument(text, terminal);
        if (!argument) {
            const bool is_missing = argument.error().code == Code::not_found;
            return terminal.fail(is_missing ? exit_no_input : exit_usage,
                                 "execute: " + argument.error().message);
        }
        request["arguments"].push_back(std::move(*argument));
    }
    auto reply = ask(arguments, terminal, std::move(request),
                     {.timeout = project_timeout, .words = "waiting for " + *arguments.text("PROCEDURE")});
    if (!reply) return terminal.fail(reply.error());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
        return exit_done;
    }
    if (const std::string message = text_at(*reply, "message"); !message.empty()) {
        terminal.out() << log::escaped(message) << '\n';
    }
    terminal.say("executed " + *arguments.text("PROCEDURE") + " in " + text_at(*reply, "project"));
    return exit_done;
}

}  // namespace

Verb execute() {
    return {
        .name = "execute",
        .group = "clients",
        .summary = "Execute a procedure in a client's context or in a global service.",
        .description =
            "TARGET is the id of a client; or the name of a project, for its global service; or the word\n"
            "global with --project NAME, which says the same. The procedure must be open to\n"
            "administrators: `berth projects NAME` lists them with their parameters.\n\n"
            "An ARGUMENT is written with its type:\n"
            "  text:hi       the text after the colon\n"
            "  int:5         a whole number of 64 bits; integer:5 says the same\n"
            "  real:1.5      a number\n"
            "  bool:true     true or false; boolean:true says the same\n"
            "  buffer:@FILE  the bytes of a file, @- of standard input; without @ the text's own bytes\n"
            "  client:ID     a client",
        .positionals = {{.name = "TARGET", .help = "A client's id, a project, or global.", .completes = Completes::target},
                        {.name = "PROCEDURE", .help = "Its name.", .completes = Completes::procedure},
                        {.name = "ARGUMENT",
                         .help = "Its parameters, typed.",
                         .number = Positional::Number::any,
                         .completes = Completes::typed}},
        .options = {{.name = "project", .value = "NAME", .help = "The project, with the target global.", .completes = Completes::project}},
        .examples = {{"berth execute chat announce \"text:back in five minutes\"",
                      "in the global service of chat"},
                     {"berth execute 4294967302 set_level int:3", "in the context of one client"},
                     {"berth execute global import buffer:@table.bin --project stock", "bytes from a file"}},
        .run = run};
}

}  // namespace berth::host::cli::verbs
