// SPDX-License-Identifier: MIT
#include "roles/gateway/messages.hpp"

#include <algorithm>
#include <charconv>

#include "wire/close_code.hpp"

namespace berth::host::roles {
namespace {

using nlohmann::json;

const json& part_of(const json& body, const char* key) {
    static const json nothing = json::object();
    const auto found = body.find(key);
    return found != body.end() && found->is_object() ? *found : nothing;
}

Milliseconds time_in(const json& body, const char* key, Milliseconds otherwise) {
    return Milliseconds(static_cast<std::int64_t>(number_in(body, key, static_cast<std::uint64_t>(otherwise.count()))));
}

std::vector<std::string> texts_in(const json& body, const char* key) {
    std::vector<std::string> texts;
    const auto found = body.find(key);
    if (found == body.end() || !found->is_array()) return texts;
    for (const json& entry : *found) {
        if (entry.is_string()) texts.push_back(entry.get<std::string>());
    }
    return texts;
}

gateway::BacklogPolicy policy_in(const json& body) {
    const std::string name = text_in(body, "backlog_policy");
    if (name == "drop_newest") return gateway::BacklogPolicy::drop_newest;
    if (name == "drop_oldest") return gateway::BacklogPolicy::drop_oldest;
    return gateway::BacklogPolicy::close;
}

link::Cause cause_named(const std::string& name, link::Cause otherwise) {
    if (name == "administrator") return link::Cause::administrator;
    if (name == "redeploy") return link::Cause::redeploy;
    if (name == "stop") return link::Cause::stop;
    if (name == "limit") return link::Cause::limit;
    if (name == "project") return link::Cause::project;
    return otherwise;
}

bool flag_in(const json& body, const char* key) {
    const auto found = body.find(key);
    return found != body.end() && found->is_boolean() && found->get<bool>();
}

gateway::Survival survival_in(const json& body) {
    const std::string name = text_in(body, "survival");
    if (name == "stateless") return gateway::Survival::stateless;
    if (name == "resumes") return gateway::Survival::resumes;
    return gateway::Survival::none;
}

gateway::CompressionRules compression_in(const json& body) {
    gateway::CompressionRules rules;
    const auto small = [&](const char* key, std::uint8_t otherwise, std::uint8_t least, std::uint8_t most) {
        return static_cast<std::uint8_t>(std::clamp<std::uint64_t>(number_in(body, key, otherwise), least, most));
    };
    rules.is_enabled = flag_in(body, "enabled");
    rules.minimum_bytes = number_in(body, "minimum_bytes", rules.minimum_bytes);
    rules.level = small("level", rules.level, 1, 9);
    rules.memory_level = small("memory_level", rules.memory_level, 1, 9);
    rules.wish = {.server_window_bits = small("server_window_bits", 15, wire::deflate_window_bits_min, wire::window_bits_max),
                  .client_window_bits = small("client_window_bits", 15, wire::window_bits_min, wire::window_bits_max),
                  .server_takes_over_context = flag_in(body, "server_context"),
                  .client_takes_over_context = flag_in(body, "client_context")};
    return rules;
}

template <class Key>
json counts_of(const std::map<Key, std::uint64_t>& counts) {
    json result = json::object();
    for (const auto& [key, count] : counts) {
        if constexpr (std::is_integral_v<Key>) {
            result[std::to_string(key)] = count;
        } else {
            result[key] = count;
        }
    }
    return result;
}

std::optional<tls::TlsSettings> tls_in(const json& entry) {
    const auto tls = entry.find("tls");
    if (tls == entry.end() || !tls->is_object()) return std::nullopt;
    tls::TlsSettings settings{text_in(*tls, "certificate_pem"), text_in(*tls, "key_pem"), text_in(*tls, "minimum"), {}};
    if (settings.minimum.empty()) settings.minimum = "1.2";
    if (const auto named = tls->find("by_name"); named != tls->end() && named->is_array()) {
        for (const json& pair : *named) settings.by_name.push_back({text_in(pair, "certificate_pem"), text_in(pair, "key_pem")});
    }
    return settings;
}

gateway::HostRules host_rules_in(const json& body) {
    const json& limits = part_of(body, "limits");
    gateway::HostRules rules;
    rules.connections = number_in(limits, "connections", rules.connections);
    rules.connections_per_address = number_in(limits, "connections_per_address", rules.connections_per_address);
    rules.handshakes_per_address = number_in(limits, "handshakes_per_address", rules.handshakes_per_address);
    rules.connection_rate = static_cast<std::uint32_t>(number_in(limits, "connection_rate", rules.connection_rate));
    rules.handshake_rate = static_cast<std::uint32_t>(number_in(limits, "handshake_rate", rules.handshake_rate));
    rules.handshakes = number_in(limits, "handshakes", rules.handshakes);
    rules.memory_bytes = number_in(limits, "memory_bytes", rules.memory_bytes);
    rules.head.head_bytes_max = number_in(limits, "header_bytes", rules.head.head_bytes_max);
    rules.head.headers_max = number_in(limits, "header_count", rules.head.headers_max);
    rules.head.uri_bytes_max = number_in(limits, "uri_bytes", rules.head.uri_bytes_max);
    rules.tls_handshake = time_in(limits, "tls_handshake_ms", rules.tls_handshake);
    rules.head_time = time_in(limits, "head_ms", rules.head_time);
    rules.close = time_in(limits, "close_ms", rules.close);
    rules.blocked_write = time_in(limits, "blocked_write_ms", rules.blocked_write);
    rules.unacknowledged = time_in(limits, "unacknowledged_ms", rules.unacknowledged);
    for (const std::string& text : texts_in(body, "trusted_proxies")) {
        if (const auto network = IpNetwork::parse(text)) rules.trusted_proxies.push_back(*network);
    }
    return rules;
}

gateway::Listener listener_in(const json& entry, UniqueFd socket) {
    gateway::Listener listener;
    listener.socket = std::move(socket);
    listener.address = text_in(entry, "address");
    const std::string& address = listener.address;
    listener.is_loopback = address.empty() || address.starts_with("127.") || address.starts_with("[::1]");
    listener.tls = tls_in(entry);
    return listener;
}

/// One after the other what the message says of its listeners.
const json& listeners_of(const json& body) {
    static const json none = json::array();
    const auto found = body.find("listeners");
    return found != body.end() && found->is_array() ? *found : none;
}

}  // namespace

std::uint64_t number_in(const json& body, const char* key, std::uint64_t otherwise) {
    const auto found = body.find(key);
    if (found == body.end()) return otherwise;
    if (found->is_number_unsigned() || (found->is_number_integer() && found->get<std::int64_t>() >= 0)) {
        return found->get<std::uint64_t>();
    }
    if (!found->is_string()) return otherwise;
    const auto& text = found->get_ref<const std::string&>();
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : otherwise;
}

std::string text_in(const json& body, const char* key) {
    const auto found = body.find(key);
    return found != body.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

gateway::GatewaySettings settings_in(const json& body) {
    gateway::GatewaySettings settings;
    settings.incarnation = static_cast<std::uint32_t>(number_in(body, "incarnation"));
    settings.io_threads = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(number_in(body, "io_threads", 1), 1, io_threads_max));
    settings.rules = host_rules_in(body);
    return settings;
}

std::vector<gateway::Listener> listeners_in(const json& body, std::vector<UniqueFd> sockets) {
    std::vector<gateway::Listener> listeners;
    const json& described = listeners_of(body);
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        listeners.push_back(listener_in(i < described.size() ? described[i] : json::object(), std::move(sockets[i])));
    }
    return listeners;
}

std::vector<std::uint64_t> listener_ids_in(const json& body) {
    std::vector<std::uint64_t> ids;
    for (const json& entry : listeners_of(body)) ids.push_back(number_in(entry, "id"));
    return ids;
}

gateway::Reconfiguration reconfiguration_in(const json& body, std::vector<UniqueFd> sockets, std::vector<std::uint64_t>& ids) {
    gateway::Reconfiguration change;
    change.rules = host_rules_in(body);
    const std::vector<std::uint64_t> wanted = listener_ids_in(body);
    for (std::size_t number = 0; number < ids.size(); ++number) {
        if (ids[number] == 0 || std::find(wanted.begin(), wanted.end(), ids[number]) != wanted.end()) continue;
        change.removed.push_back(number);
        ids[number] = 0;  // Its number is not given out again.
    }
    auto socket = sockets.begin();
    for (const json& entry : listeners_of(body)) {
        const std::uint64_t id = number_in(entry, "id");
        const auto known = std::find(ids.begin(), ids.end(), id);
        if (known == ids.end()) {
            change.added.push_back(listener_in(entry, socket == sockets.end() ? UniqueFd() : std::move(*socket++)));
            ids.push_back(id);
        } else if (auto tls = tls_in(entry); tls) {
            change.tls.emplace_back(static_cast<std::size_t>(known - ids.begin()), std::move(*tls));
        }
    }
    return change;
}

gateway::ProjectRules rules_in(const json& body) {
    gateway::ProjectRules rules;
    rules.name = text_in(body, "name");
    rules.state = gateway::project_state_of(text_in(body, "state"));
    rules.retry_after_s = static_cast<std::uint32_t>(number_in(body, "retry_after_s", rules.retry_after_s));
    const json& limits = part_of(body, "limits");
    rules.connections = number_in(limits, "connections", rules.connections);
    rules.connections_per_address = number_in(limits, "connections_per_address", rules.connections_per_address);
    rules.message_bytes = number_in(limits, "message_bytes", rules.message_bytes);
    rules.fragments = static_cast<std::uint32_t>(number_in(limits, "fragments", rules.fragments));
    rules.message_time = time_in(limits, "message_time_ms", rules.message_time);
    rules.messages_per_second = static_cast<std::uint32_t>(number_in(limits, "messages_per_second", rules.messages_per_second));
    rules.bytes_per_second = number_in(limits, "bytes_per_second", rules.bytes_per_second);
    rules.held_back = time_in(limits, "held_back_ms", rules.held_back);
    rules.control_frames = static_cast<std::uint32_t>(number_in(limits, "control_frames", rules.control_frames));
    rules.backlog_bytes = number_in(limits, "backlog_bytes", rules.backlog_bytes);
    rules.backlog_policy = policy_in(limits);
    rules.idle = time_in(limits, "idle_ms", rules.idle);
    rules.ping = time_in(limits, "ping_ms", rules.ping);
    rules.pong = time_in(limits, "pong_ms", rules.pong);
    rules.connection_event = time_in(limits, "connection_event_ms", rules.connection_event);
    rules.inbox_events = std::max<std::uint64_t>(number_in(limits, "inbox_events", rules.inbox_events), 1);
    rules.inbox_bytes = std::max<std::uint64_t>(number_in(limits, "inbox_bytes", rules.inbox_bytes), 1);
    rules.inbox_total_bytes = std::max<std::uint64_t>(number_in(limits, "inbox_total_bytes", rules.inbox_total_bytes), 1);
    rules.subscriptions = number_in(limits, "subscriptions", rules.subscriptions);
    if (body.contains("origins")) rules.origins = texts_in(body, "origins");
    rules.hosts = texts_in(body, "hosts");
    rules.connections_per_user = number_in(limits, "connections_per_user", rules.connections_per_user);
    if (const auto tokens = body.find("tokens"); tokens != body.end() && tokens->is_array()) {
        rules.wants_token = true;
        for (const json& token : *tokens) {
            if (const auto digest = tls::digest_from_hex(text_in(token, "sha256"))) rules.tokens.push_back({text_in(token, "user"), *digest});
        }
    }
    rules.subprotocols = texts_in(body, "subprotocols");
    rules.compression = compression_in(part_of(body, "compression"));
    rules.resume = time_in(limits, "resume_ms", rules.resume);
    rules.waits = flag_in(body, "waits");
    rules.survival = survival_in(body);
    rules.repeatable = flag_in(body, "repeatable");
    return rules;
}

gateway::CloseOrder order_in(const json& body, std::uint16_t code, link::Cause cause) {
    gateway::CloseOrder order;
    const std::uint64_t wanted = number_in(body, "code", code);
    const bool may_be_sent = wanted <= 0xFFFF && wire::may_be_sent(static_cast<std::uint16_t>(wanted), wire::Role::server);
    order.code = may_be_sent ? static_cast<std::uint16_t>(wanted) : code;
    order.cause = cause_named(text_in(body, "cause"), cause);
    order.reason = text_in(body, "reason");
    return order;
}

gateway::ClientFilter filter_in(const json& body) {
    gateway::ClientFilter filter;
    filter.project = text_in(body, "project");
    filter.address = text_in(body, "address");
    filter.client = ClientId{number_in(body, "client")};
    filter.idle_at_least = Milliseconds(static_cast<std::int64_t>(number_in(body, "idle_ms_min")));
    filter.after = ClientId{number_in(body, "after")};
    filter.limit = number_in(body, "limit", filter.limit);
    return filter;
}

gateway::Retirement retirement_in(const json& body) {
    return {.order = order_in(body, wire::close_code::service_restart, link::Cause::redeploy),
            .after = time_in(body, "after_ms", Milliseconds(0)),
            .hands_over = flag_in(body, "hands_over"),
            .suspends = flag_in(body, "suspends")};
}

gateway::DrainOrder drain_in(const json& body) {
    gateway::DrainOrder drain{.close = order_in(body, wire::close_code::going_away, link::Cause::administrator),
                              .over = time_in(body, "over_ms", Milliseconds(0))};
    drain.close.retry_after_s = static_cast<std::uint32_t>(number_in(body, "retry_after_s"));
    return drain;
}

std::vector<gateway::Interruption> running_in(const json& body) {
    std::vector<gateway::Interruption> running;
    const auto found = body.find("running");
    if (found == body.end() || !found->is_array()) return running;
    for (const json& event : *found) {
        running.push_back({ClientId{number_in(event, "client")}, text_in(event, "event"), number_in(event, "seq"),
                           flag_in(event, "culprit")});
    }
    return running;
}

json json_of(const gateway::ClientPage& page) {
    json clients = json::array();
    for (const gateway::ClientFacts& c : page.clients) {
        clients.push_back({{"id", std::to_string(value_of(c.id))},
                           {"project", c.project},
                           {"generation", c.generation},
                           {"address", c.address},
                           {"port", c.port},
                           {"path", c.path},
                           {"origin", c.origin},
                           {"subprotocol", c.subprotocol},
                           {"tls", c.tls},
                           {"connected_at_ms", c.connected_at_ms},
                           {"idle_ms", c.idle_ms},
                           {"messages_in", c.messages_in},
                           {"bytes_in", c.bytes_in},
                           {"messages_out", c.messages_out},
                           {"bytes_out", c.bytes_out},
                           {"backlog_bytes", c.backlog_bytes},
                           {"status", c.status}});
    }
    return {{"clients", std::move(clients)}, {"total", page.total}};
}

json json_of(const gateway::GatewayFigures& figures) {
    json projects = json::object();
    for (const auto& [name, p] : figures.projects) {
        projects[name] = {{"clients", p.clients},           {"accepted", p.accepted},
                          {"messages_in", p.messages_in},   {"bytes_in", p.bytes_in},
                          {"messages_out", p.messages_out}, {"bytes_out", p.bytes_out},
                          {"dropped_out", p.dropped_out},   {"refused", counts_of(p.refused)},
                          {"closes", counts_of(p.closes)},  {"backlog_bytes", p.backlog_bytes},
                          {"inbox_bytes", p.inbox_bytes},
                          {"limit_hits", counts_of(p.limit_hits)}};
    }
    return {{"connections", figures.connections}, {"refused", counts_of(figures.refused)},
            {"limit_hits", counts_of(figures.limit_hits)}, {"memory_bytes", figures.memory_bytes},
            {"memory_limit_bytes", figures.memory_limit_bytes}, {"projects", std::move(projects)}};
}

}  // namespace berth::host::roles
