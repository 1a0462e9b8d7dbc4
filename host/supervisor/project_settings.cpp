// SPDX-License-Identifier: MIT
#include "supervisor/project_settings.hpp"

#include <berth/berth.h>

#include <algorithm>

#include "base/log.hpp"
#include "supervisor/json_values.hpp"
#include "supervisor/usable_memory.hpp"
#include "supervisor/worker_bounds.hpp"
#include "tls/digest.hpp"

namespace berth::host::supervisor {
namespace {

using nlohmann::json;

const char* name_of_policy(config::BacklogPolicy policy) {
    switch (policy) {
        case config::BacklogPolicy::close: return "close";
        case config::BacklogPolicy::drop_newest: return "drop_newest";
        case config::BacklogPolicy::drop_oldest: return "drop_oldest";
    }
    return "close";
}

/// Half of what the host may use where nothing is configured.
std::uint64_t memory_of(const config::HostLimits& limits) {
    return limits.memory_bytes != 0 ? limits.memory_bytes : usable_memory() / 2;
}

/// A project that is replaced for its memory must be able to go on meanwhile; what takes more at a stroke is stopped by this.
constexpr std::uint64_t memory_factor = 4;

/// Of a worker, beside those of its databases: lanes, log, libraries, and what the project opens.
constexpr std::uint64_t descriptors_besides = 256;

/// Hashes only: the gateway never has a token that nobody has presented. Null: none is wanted.
json tokens_of(const config::TokenFile& file) {
    if (file.file.empty()) return nullptr;
    constexpr std::string_view hashed = "sha256:";
    json list = json::array();
    for (const config::Token& token : file.tokens) {
        const bool is_hash = token.secret.starts_with(hashed);
        list.push_back({{"user", token.user},
                        {"sha256", is_hash ? token.secret.substr(hashed.size()) : tls::to_hex(tls::digest_of(token.secret))}});
    }
    return list;
}

json compression_of(const config::Compression& compression) {
    return {{"enabled", compression.enabled},
            {"minimum_bytes", compression.minimum_bytes},
            {"level", compression.level},
            {"memory_level", compression.memory_level},
            {"server_window_bits", compression.server_window_bits},
            {"client_window_bits", compression.client_window_bits},
            {"server_context", compression.server_context},
            {"client_context", compression.client_context}};
}

json setting_of(const config::Setting& setting) {
    struct Write {
        json operator()(bool value) const { return {{"type", "bool"}, {"value", value}}; }
        json operator()(std::int64_t value) const { return {{"type", "int"}, {"value", std::to_string(value)}}; }
        json operator()(double value) const { return {{"type", "real"}, {"value", value}}; }
        json operator()(const std::string& value) const { return {{"type", "text"}, {"value", value}}; }
    };
    json result = std::visit(Write{}, setting.value);
    result["key"] = setting.key;
    return result;
}

}  // namespace

json door_of(const config::Project& project) {
    const config::Limits& limits = project.limits;
    return {{"isolation", project.isolation == config::Isolation::none ? "none" : "process"},
            {"limits",
             {{"connections", limits.connections},
              {"connections_per_address", limits.connections_per_address},
              {"connections_per_user", limits.connections_per_user},
              {"message_bytes", limits.message_bytes},
              {"fragments", limits.fragments},
              {"message_time_ms", limits.message_time.count()},
              {"messages_per_second", limits.messages_per_second},
              {"bytes_per_second", limits.bytes_per_second},
              {"held_back_ms", limits.held_back.count()},
              {"control_frames", limits.control_frames},
              {"backlog_bytes", limits.backlog_bytes},
              {"backlog_policy", name_of_policy(limits.backlog_policy)},
              {"idle_ms", limits.idle.count()},
              {"ping_ms", limits.ping.count()},
              {"pong_ms", limits.pong.count()},
              {"connection_event_ms", limits.connection_event.count()},
              {"resume_ms", limits.resume.count()},
              {"inbox_events", limits.inbox_events},
              {"inbox_bytes", limits.inbox_bytes},
              {"inbox_total_bytes", limits.inbox_total_bytes},
              {"subscriptions", limits.subscriptions}}},
            {"compression", compression_of(project.compression)},
            {"origins", project.origins},
            {"hosts", project.hosts},
            {"tokens", tokens_of(project.tokens)},
            {"subprotocols", project.subprotocols}};
}

Survival survival_of(const json& manifest) {
    const auto flags = static_cast<std::uint64_t>(number_of(manifest, "flags"));
    const auto resumes = manifest.is_object() ? manifest.find("resumes") : manifest.end();
    return {.is_stateless = (flags & BERTH_PROJECT_STATELESS) != 0,
            .resumes = resumes != manifest.end() && resumes->is_boolean() && resumes->get<bool>(),
            .is_repeatable = (flags & BERTH_PROJECT_REPEATABLE) != 0};
}

json init_of(const config::Project& project, std::uint64_t flags, const std::filesystem::path& data_directory) {
    const config::Limits& limits = project.limits;
    json settings = json::array();
    for (const config::Setting& setting : project.settings) settings.push_back(setting_of(setting));
    json init{{"log_level", log::name_of(log::level())},
              {"interval_ms", nullptr},
              {"flags", std::to_string(project.flags.apply(flags))},
              {"limits",
               {{"message_bytes", limits.message_bytes},
                {"backlog_bytes", limits.backlog_bytes},
                {"backlog_policy", name_of_policy(limits.backlog_policy)},
                {"handler_ms", limits.handler.count()},
                {"slow_event_ms", limits.slow_event.count()},
                {"executors", limits.executors},
                {"inbox_events", limits.inbox_events},
                {"inbox_bytes", limits.inbox_bytes},
                {"topics", limits.topics},
                {"subscriptions", limits.subscriptions},
                {"connection_event_ms", limits.connection_event.count()}}},
              {"database",
               {{"file", (data_directory / project.database.file).string()},
                {"connections", project.database.connections},
                {"busy_ms", project.database.busy.count()}}},
              {"data_directory", data_directory.string()},
              {"settings", settings},
              {"confinement",
               {{"confined", project.confined},
                {"descriptors", 3 * std::uint64_t{project.database.connections} + descriptors_besides},
                {"memory_bytes", memory_factor * limits.memory_bytes},
                {"threads", tasks_of(limits)}}}};
    if (project.interval) init["interval_ms"] = project.interval->count();
    return init;
}

json configure_of(const config::Config& config) {
    const config::Host& host = config.host;
    const config::HostLimits& limits = host.limits;
    // A project that runs in the gateway needs what projects need.
    const auto is_inside = [](const config::Project& project) { return project.isolation == config::Isolation::none; };
    const bool is_shared = is_inside(config.defaults) || std::any_of(config.projects.begin(), config.projects.end(), [&](const auto& entry) {
                               return is_inside(entry.second);
                           });
    return {{"log_level", log::name_of(log::level())},
            {"io_threads", config::io_threads_of(host)},
            {"confined", !is_shared},
            {"confinement_required", host.confinement == config::Confinement::required},
            {"trusted_proxies", host.trusted_proxies},
            {"limits",
             {{"connections", limits.connections},
              {"connections_per_address", limits.connections_per_address},
              {"handshakes_per_address", limits.handshakes_per_address},
              {"connection_rate", limits.connection_rate},
              {"handshake_rate", limits.handshake_rate},
              {"handshakes", limits.handshakes},
              {"memory_bytes", memory_of(limits)},
              {"header_bytes", limits.header_bytes},
              {"header_count", limits.header_count},
              {"uri_bytes", limits.uri_bytes},
              {"tls_handshake_ms", limits.tls_handshake.count()},
              {"head_ms", limits.head.count()},
              {"close_ms", limits.close.count()},
              {"blocked_write_ms", limits.blocked_write.count()},
              {"unacknowledged_ms", limits.unacknowledged.count()}}}};
}

}  // namespace berth::host::supervisor
