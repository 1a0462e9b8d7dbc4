// SPDX-License-Identifier: MIT
/// What start, stop, reload, open and remove have in common: one project, an act, its new state; and what add and deploy have.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cli/arguments.hpp"
#include "cli/terminal.hpp"

namespace berth::host::cli {

/// What becomes of the project's clients: with more than one to be ended, it is asked first.
enum class ClientsOf {
    act_leaves_alone,
    act_ends,
    act_replaces,  ///< they are ended unless the project keeps them
};

struct ProjectAct {
    std::string_view verb;       ///< of the control protocol
    std::string_view doing;      ///< "stopping", for who waits
    ClientsOf clients = ClientsOf::act_leaves_alone;
    /// What is said of the reply, for people.
    std::string (*words)(const std::string& name, const nlohmann::json& reply);
};

/// Does it to the project of the argument NAME and answers the exit code.
int act_on_project(const ProjectAct& act, const Arguments& arguments, Terminal& terminal);

struct FileAct {
    std::string_view verb;                    ///< of the control protocol
    bool replaces_clients = false;            ///< as ClientsOf::act_replaces, of the project that the library is for
    std::string (*words)(const nlohmann::json& reply);  ///< what is said of the reply, for people
};

/// Hands the library of the argument FILE to the host, under the name of the option --name if there is one, and answers the
/// exit code.
int act_on_file(const FileAct& act, const Arguments& arguments, Terminal& terminal);

/// "project chat is blocked; `berth open chat` lets newcomers in": a state and what could come next.
[[nodiscard]] std::string state_words(const std::string& name, const nlohmann::json& reply);

}  // namespace berth::host::cli
