// SPDX-License-Identifier: MIT
#include "cli/project_act.hpp"

#include <filesystem>
#include <optional>
#include <system_error>

#include "cli/host_call.hpp"
#include "cli/project_table.hpp"
#include "roles/doctor/examine.hpp"

namespace berth::host::cli {
namespace {

/// Asks where the act would end more than one client of the project. With an exit code the verb ends.
std::optional<int> hindrance(ClientsOf clients, const std::string& name, const Arguments& arguments, control::Client& client,
                             Terminal& terminal) {
    if (clients == ClientsOf::act_leaves_alone || arguments.has("yes")) return {};
    const auto reply = ask(client, terminal, {{"verb", "projects"}, {"project", name}});
    // An unknown name has no clients; what is wrong with it the act itself says best.
    if (!reply && reply.error().code == control::ReplyCode::not_found) return {};
    if (!reply) return terminal.fail(reply.error());
    const nlohmann::json rows = reply->value("projects", nlohmann::json::array());
    if (rows.empty() || (clients == ClientsOf::act_replaces && rows.front().value("keeps_clients", false))) return {};
    if (!may_touch(arguments, terminal, count_at(rows.front(), "clients"), "disconnect")) return exit_usage;
    return {};
}

}  // namespace

int act_on_project(const ProjectAct& act, const Arguments& arguments, Terminal& terminal) {
    const std::string name = *arguments.text("NAME");
    auto client = connect(arguments);
    if (!client) return terminal.fail(client.error());
    if (const auto code = hindrance(act.clients, name, arguments, *client, terminal)) return *code;
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

int act_on_file(const FileAct& act, const Arguments& arguments, Terminal& terminal) {
    const std::string given = *arguments.text("FILE");
    std::error_code error;
    const auto file = std::filesystem::canonical(given, error);
    if (error == std::errc::no_such_file_or_directory)
        return terminal.fail(exit_no_input, given + ": no such file; name the library that the build wrote, such as build/chat.so");
    if (error) return terminal.fail(exit_no_input, given + ": " + error.message());
    nlohmann::json request{{"verb", act.verb}, {"file", file.string()}};
    const auto name = arguments.text("name");
    if (name) request["name"] = *name;
    auto client = connect(arguments);
    if (!client) return terminal.fail(client.error());
    if (act.replaces_clients) {
        const std::string project = name ? *name : roles::project_name_of(file);
        if (const auto code = hindrance(ClientsOf::act_replaces, project, arguments, *client, terminal)) return *code;
    }
    auto reply = ask(*client, terminal, std::move(request),
                     {.timeout = project_timeout, .words = "checking and starting " + file.filename().string()});
    if (!reply) return terminal.fail(reply.error());
    if (terminal.manners().json) {
        terminal.put(data_of(std::move(*reply)));
    } else {
        terminal.say(act.words(*reply));
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
    if (const std::string failed = first_run_words(reply); !failed.empty()) words += "; " + failed;
    return words;
}

}  // namespace berth::host::cli
