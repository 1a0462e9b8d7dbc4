// SPDX-License-Identifier: MIT
#include "cli/host_call.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/clock.hpp"
#include "cli/configuration.hpp"
#include "cli/format.hpp"
#include "cli/progress.hpp"

namespace berth::host::cli {

using nlohmann::json;

std::filesystem::path socket_path(const Arguments& arguments) {
    if (const auto given = arguments.text("socket")) return *given;
    if (const char* variable = std::getenv("BERTH_SOCKET"); variable != nullptr && *variable != '\0')
        return variable;
    return configured_socket();
}

control::Answer<control::Client> connect(const Arguments& arguments) {
    return control::Client::connect(socket_path(arguments));
}

control::Answer<json> ask(control::Client& client, Terminal& terminal, json request, const Patience& patience) {
    const Progress progress(terminal, patience.words);
    return client.call(std::move(request), patience.timeout);
}

control::Answer<json> ask(const Arguments& arguments, Terminal& terminal, json request, const Patience& patience) {
    auto client = connect(arguments);
    if (!client) return tl::unexpected(client.error());
    return ask(*client, terminal, std::move(request), patience);
}

control::Answer<std::uint64_t> clients_of(control::Client& client, Terminal& terminal,
                                          const std::optional<std::string>& project) {
    json request{{"verb", project ? "projects" : "status"}};
    if (project) request["project"] = *project;
    const auto reply = ask(client, terminal, std::move(request));
    if (!reply) return tl::unexpected(reply.error());
    if (!project) return count_at(*reply, "clients");
    const json rows = reply->value("projects", json::array());
    return rows.empty() ? 0 : count_at(rows.front(), "clients");
}

json data_of(json reply) {
    reply.erase("ok");
    return reply;
}

bool may_touch(const Arguments& arguments, Terminal& terminal, std::uint64_t count, std::string_view act) {
    if (count <= 1 || arguments.has("yes")) return true;
    const std::string what = std::string(act) + " " + counted(count, "client");
    if (terminal.ask(what + "?")) return true;
    terminal.fail(exit_usage, "this would " + what + "; add --yes to do it");
    return false;
}

std::string text_at(const json& object, std::string_view key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint64_t count_at(const json& object, std::string_view key) {
    const auto found = object.find(key);
    if (found == object.end()) return 0;
    if (found->is_string()) return parse_count(found->get_ref<const std::string&>()).value_or(0);
    if (found->is_number_unsigned()) return found->get<std::uint64_t>();
    return found->is_number() && found->get<double>() > 0 ? static_cast<std::uint64_t>(found->get<double>())
                                                          : 0;
}

std::chrono::milliseconds milliseconds_at(const json& object, std::string_view key) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(count_at(object, key)));
}

std::chrono::milliseconds since(const json& object, std::string_view key) {
    const auto then = static_cast<std::int64_t>(count_at(object, key));
    return std::chrono::milliseconds(then == 0 ? 0 : std::max<std::int64_t>(0, wall_clock_ms() - then));
}

}  // namespace berth::host::cli
