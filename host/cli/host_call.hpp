// SPDX-License-Identifier: MIT
/// How a verb reaches the running host.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/terminal.hpp"
#include "control/client.hpp"

namespace berth::host::cli {

/// --socket, else BERTH_SOCKET, else what the configuration says (BERTH_CONFIG or the installed file, when it
/// can be read), else the default of this user.
[[nodiscard]] std::filesystem::path socket_path(const Arguments& arguments);

[[nodiscard]] control::Answer<control::Client> connect(const Arguments& arguments);
/// For acts that run a project's own code: the host knows their limit, not the command line.
inline constexpr std::chrono::hours project_timeout{25};

/// How long an answer may take, and what is said when it takes a while.
struct Patience {
    std::chrono::milliseconds timeout = control::Client::default_timeout;
    std::string words = "waiting for the host";
};
/// Asks once, hears once.
[[nodiscard]] control::Answer<nlohmann::json> ask(control::Client& client, Terminal& terminal, nlohmann::json request,
                                                  const Patience& patience = {});
/// Connects first.
[[nodiscard]] control::Answer<nlohmann::json> ask(const Arguments& arguments, Terminal& terminal,
                                                  nlohmann::json request, const Patience& patience = {});

/// A reply as data for --json: without "ok".
[[nodiscard]] nlohmann::json data_of(nlohmann::json reply);

/// How many clients a project has, or (without a name) the host.
[[nodiscard]] control::Answer<std::uint64_t> clients_of(control::Client& client, Terminal& terminal,
                                                        const std::optional<std::string>& project);
/// Before an act on `count` clients: true with --yes, for one or none, or when the person at the terminal
/// says yes. Otherwise it says what to add, and the verb ends with exit_usage.
[[nodiscard]] bool may_touch(const Arguments& arguments, Terminal& terminal, std::uint64_t count,
                             std::string_view act);

// Members of replies, tolerant of a host that leaves some out.
[[nodiscard]] std::string text_at(const nlohmann::json& object, std::string_view key);
[[nodiscard]] std::uint64_t count_at(const nlohmann::json& object, std::string_view key);
[[nodiscard]] std::chrono::milliseconds milliseconds_at(const nlohmann::json& object, std::string_view key);
/// Time since a wall-clock member `…_at_ms`, never negative.
[[nodiscard]] std::chrono::milliseconds since(const nlohmann::json& object, std::string_view key);

}  // namespace berth::host::cli
