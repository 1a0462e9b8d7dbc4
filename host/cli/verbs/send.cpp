// SPDX-License-Identifier: MIT
#include "base/base64.hpp"
#include "cli/format.hpp"
#include "cli/host_call.hpp"
#include "cli/input.hpp"
#include "cli/verbs/verbs.hpp"

namespace berth::host::cli::verbs {
namespace {

using nlohmann::json;

Result<void> add_payload(json& request, const Arguments& arguments, const std::vector<std::string>& words,
                         Terminal& terminal) {
    if (const auto path = arguments.text("buffer")) {
        auto bytes = read_payload(*path, terminal);
        if (!bytes) return tl::unexpected(bytes.error());
        request["kind"] = "buffer";
        request["payload"] = to_base64(*bytes);
        return {};
    }
    std::string text = words.back();
    if (text == "-") {
        auto read = read_payload("-", terminal);
        if (!read) return tl::unexpected(read.error());
        text = std::move(*read);
    }
    request["kind"] = "text";
    request["payload"] = std::move(text);
    return {};
}

int run(const Arguments& arguments, Terminal& terminal) {
    const auto words = arguments.texts("WORDS");
    const bool is_for_all = arguments.has("all");
    const std::size_t wanted = (is_for_all ? 0u : 1u) + (arguments.has("buffer") ? 0u : 1u);
    if (is_for_all != arguments.has("project") || words.size() != wanted) {
        return terminal.fail(
            exit_usage,
            "send: write `berth send CLIENT TEXT`, or `berth send --project NAME --all TEXT`; "
            "--buffer FILE takes the place of TEXT");
    }
    if (const auto id = is_for_all ? Result<void>{} : check_kind(Kind::client, words.front()); !id) {
        return terminal.fail(exit_usage, "send: " + id.error().message);
    }
    json request{{"verb", "send"}};
    if (is_for_all) {
        request["project"] = *arguments.text("project");
    } else {
        request["client"] = words.front();
    }
    if (const auto added = add_payload(request, arguments, words, terminal); !added) {
        return terminal.fail(added.error().code == Code::not_found ? exit_no_input : exit_usage,
                             added.error().message);
    }
    auto reply = ask(arguments, terminal, std::move(request));
    if (!reply) return terminal.fail(reply.error());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
    } else {
        terminal.say("sent to " + counted(count_at(*reply, "count"), "client"));
    }
    return exit_done;
}

}  // namespace

Verb send() {
    return {
        .name = "send",
        .group = "clients",
        .summary = "Send a message to a client, or to all of a project.",
        .description = "berth send CLIENT TEXT\nberth send --project NAME --all TEXT",
        .positionals = {{.name = "WORDS",
                         .help =
                             "The client's id (not with --all) and the text; - reads it from standard input.",
                         .number = Positional::Number::any}},
        .options =
            {{.name = "project",
              .value = "NAME",
              .help = "With --all: the project whose clients get it.",
              .completes = Completes::project},
             {.name = "all", .value = "", .help = "To every client of the project."},
             {.name = "buffer",
              .value = "FILE",
              .help = "Bytes instead of text; - is standard input.",
              .completes = Completes::file},
             {.name = "yes", .value = "", .help = "Accepted; --all says it already."}},
        .examples = {{"berth send 4294967302 \"hello\"", "a text to one client"},
                     {"berth send --project chat --all \"back in five minutes\"", "to everybody in chat"}},
        .run = run};
}

}  // namespace berth::host::cli::verbs
