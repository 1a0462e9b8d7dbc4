// SPDX-License-Identifier: MIT
#include "cli/host_call.hpp"
#include "cli/project_act.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

int run(const Arguments& arguments, Terminal& terminal) {
    const std::string given = *arguments.text("FILE");
    std::error_code error;
    const auto file = std::filesystem::canonical(given, error);
    if (error) return terminal.fail(exit_no_input, given + ": " + error.message());
    nlohmann::json request{{"verb", "deploy"}, {"file", file.string()}};
    if (const auto name = arguments.text("name")) request["name"] = *name;
    auto reply = ask(arguments, terminal, std::move(request),
                     {.timeout = project_timeout, .words = "checking and starting " + file.filename().string()});
    if (!reply) return terminal.fail(reply.error());
    const bool is_kept = reply->value("kept", false);
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
    } else {
        terminal.say(state_words(text_at(*reply, "project"), *reply) +
                     (is_kept ? std::string() : "; " + text_at(*reply, "file") + " could not be replaced, and is what the next start begins with"));
    }
    return exit_done;
}

}  // namespace

Verb deploy() {
    return {
        .name = "deploy",
        .group = "projects",
        .summary = "Replace a project by another version that lies elsewhere.",
        .description =
            "The library is checked and started beside the running one; when it runs, newcomers go to it, clients of a\n"
            "project that is stateless or resumes go on in it, and it is copied over the project's own file. One that\n"
            "cannot be loaded leaves everything untouched. `berth rollback` brings back the version before.",
        .positionals = {{.name = "FILE", .help = "The library.", .completes = Completes::file}},
        .options = {{.name = "name",
                     .value = "NAME",
                     .help = "The project, instead of the one that the library declares or the file has."}},
        .examples = {{"berth deploy build/chat.so", "the version that was just built"},
                     {"berth deploy chat-2.so --name chat", "a file of another name"}},
        .run = run};
}

}  // namespace berth::host::cli::verbs
