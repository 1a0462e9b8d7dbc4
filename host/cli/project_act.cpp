// SPDX-License-Identifier: MIT
#include "cli/project_act.hpp"

#include <filesystem>

#include "cli/host_call.hpp"

namespace berth::host::cli {

int act_on_project(const ProjectAct& act, const Arguments& arguments, Terminal& terminal) {
    const std::string name = *arguments.text("NAME");
    auto client = connect(arguments);
    if (!client) return terminal.fail(client.error());
    if (act.ends_clients && !arguments.has("yes")) {
        // An unknown name has no clients; what is wrong with it the act itself says best.
        const auto count = clients_of(*client, terminal, name);
        if (!count && count.error().code != control::ReplyCode::not_found) return terminal.fail(count.error());
        if (!may_touch(arguments, terminal, count.value_or(0), "disconnect")) return exit_usage;
    }
    auto reply = ask(*client, terminal, {{"verb", act.verb}, {"project", name}},
                     {.timeout = project_timeout, .words = std::string(act.doing) + " " + name});
    if (!reply) return terminal.fail(reply.error());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
    } else {
        terminal.say(act.words(name, *reply));
    }
    return exit_done;
}

int act_on_file(std::string_view verb, std::string (*words)(const nlohmann::json& reply), const Arguments& arguments, Terminal& terminal) {
    const std::string given = *arguments.text("FILE");
    std::error_code error;
    const auto file = std::filesystem::canonical(given, error);
    if (error) return terminal.fail(exit_no_input, given + ": " + error.message());
    nlohmann::json request{{"verb", verb}, {"file", file.string()}};
    if (const auto name = arguments.text("name")) request["name"] = *name;
    auto reply = ask(arguments, terminal, std::move(request),
                     {.timeout = project_timeout, .words = "checking and starting " + file.filename().string()});
    if (!reply) return terminal.fail(reply.error());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
    } else {
        terminal.say(words(*reply));
    }
    return exit_done;
}

std::string state_words(const std::string& name, const nlohmann::json& reply) {
    const std::string state = text_at(reply, "state");
    std::string words = "project " + name + " is " + state;
    if (state == "draining") words += ", its clients are sent away; `berth open " + name + "` ends that";
    if (state == "blocked") words += "; `berth open " + name + "` lets newcomers in";
    if (state == "stopped") words += "; `berth start " + name + "` starts it";
    if (state == "failed") words += "; `berth projects " + name + "` says why";
    return words;
}

}  // namespace berth::host::cli
