// SPDX-License-Identifier: MIT
#include "client/settings.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "wire/base64.hpp"
#include "wire/handshake.hpp"
#include "wire/http_head.hpp"

namespace berth::client::inner {

namespace {

constexpr std::size_t headers_max = 64;

/// Of version 1.0, the smallest that there is; what a program does not know has its default.
constexpr std::size_t options_bytes_min =
    offsetof(berth_client_options, offline_messages_max) + sizeof(berth_client_options::offline_messages_max);

std::string copied(const char* text) {
    return text != nullptr ? text : "";
}

Failure invalid(std::string text) {
    return {.status = BERTH_CLIENT_INVALID, .text = std::move(text)};
}

/// What is wrong with options that are numbers or belong together; empty: nothing.
std::string problem_of(const berth_client_options& o) {
    if (o.subprotocol_count > wire::subprotocols_max) return "subprotocol_count: at most 64";
    if (o.subprotocol_count != 0 && o.subprotocols == nullptr) return "subprotocols: NULL";
    if (o.header_count > headers_max) return "header_count: at most 64";
    if (o.header_count != 0 && o.headers == nullptr) return "headers: NULL";
    if (o.tls_minimum != BERTH_CLIENT_TLS_1_2 && o.tls_minimum != BERTH_CLIENT_TLS_1_3)
        return "tls_minimum: BERTH_CLIENT_TLS_1_2 or BERTH_CLIENT_TLS_1_3";
    const auto given = [](const char* text) { return text != nullptr && *text != '\0'; };
    if (given(o.tls_certificate_file) != given(o.tls_key_file))
        return "tls_certificate_file and tls_key_file: both or neither";
    if (o.message_bytes_max == 0) return "message_bytes_max: at least 1";
    if (o.receive_queue_bytes_max == 0) return "receive_queue_bytes_max: at least 1";
    if (o.receive_queue_messages_max == 0) return "receive_queue_messages_max: at least 1";
    if (o.send_queue_bytes_max == 0) return "send_queue_bytes_max: at least 1";
    if (o.ping_interval_ms < 0) return "ping_interval_ms: 0 or more";
    if (o.ping_interval_ms > 0 && o.pong_timeout_ms <= 0) return "pong_timeout_ms: at least 1";
    if (o.reconnect_delay_ms < 0) return "reconnect_delay_ms: 0 or more";
    if (o.reconnect_delay_ms_max < o.reconnect_delay_ms)
        return "reconnect_delay_ms_max: at least reconnect_delay_ms";
    return {};
}

/// Headers and sub-protocols are checked as they will be sent, by the code that will write them.
std::string handshake_problem(const Settings& settings) {
    const std::vector<std::string_view> subprotocols{settings.subprotocols.begin(),
                                                     settings.subprotocols.end()};
    std::vector<wire::Header> headers;
    for (const auto& [name, value] : settings.headers) headers.push_back({name, value});
    const auto request = wire::make_request({.authority = "host",
                                             .target = "/",
                                             .key = "AAAAAAAAAAAAAAAAAAAAAA==",
                                             .origin = settings.origin,
                                             .subprotocols = subprotocols,
                                             .headers = headers});
    return request ? std::string{} : std::string{request.error()};
}

std::string base64(std::string_view text) {
    std::string encoded((text.size() + 2) / 3 * 4, '=');
    wire::encode_base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, encoded.data());
    return encoded;
}

/// http://[USER:PASSWORD@]HOST[:PORT][/]; never repeated in a sentence, for it may hold a secret.
Outcome<ProxySettings> read_proxy(std::string_view text) {
    ProxySettings proxy;
    if (text.empty()) return proxy;
    const Failure wrong = invalid("options: proxy: not http://host:port, nor http://user:password@host:port");
    constexpr std::string_view scheme = "http://";
    if (!text.starts_with(scheme)) return wrong;
    text.remove_prefix(scheme.size());
    if (text.ends_with('/')) text.remove_suffix(1);
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        const auto user = wire::percent_decode(text.substr(0, at));
        if (!user || user->find(':') == std::string::npos) return wrong;
        proxy.authorization = "Basic " + base64(*user);
        text.remove_prefix(at + 1);
    }
    const auto url = wire::parse_url("ws://" + std::string{text});
    if (!url || url->target != "/") return wrong;
    proxy.host = url->host;
    proxy.port = url->port;
    return proxy;
}

}  // namespace

berth_client_options default_options() noexcept {
    berth_client_options o;
    std::memset(&o, 0, sizeof o);
    o.struct_size = sizeof o;
    o.connect_timeout_ms = 10000;
    o.tls_minimum = BERTH_CLIENT_TLS_1_2;
    o.tls_verify = 1;
    o.tls_verify_host = 1;
    o.message_bytes_max = std::size_t{16} << 20;
    o.receive_queue_bytes_max = std::size_t{4} << 20;
    o.receive_queue_messages_max = 1024;
    o.send_queue_bytes_max = std::size_t{16} << 20;
    o.close_timeout_ms = 5000;
    o.pong_timeout_ms = 10000;
    o.reconnect_delay_ms = 500;
    o.reconnect_delay_ms_max = 30000;
    o.offline_messages_max = 256;
    return o;
}

Outcome<Settings> read_settings(const berth_client_options* options) {
    berth_client_options o = default_options();
    if (options != nullptr) {
        if (options->struct_size < options_bytes_min)
            return invalid("options: struct_size is too small; begin with berth_client_options_init");
        std::memcpy(&o, options, std::min(options->struct_size, sizeof o));
    }
    if (auto problem = problem_of(o); !problem.empty()) return invalid("options: " + problem);

    Settings settings{.connect_timeout_ms = o.connect_timeout_ms,
                      .origin = copied(o.origin),
                      .tls = {.ca_file = copied(o.tls_ca_file),
                              .certificate_file = copied(o.tls_certificate_file),
                              .key_file = copied(o.tls_key_file),
                              .server_name = copied(o.tls_server_name),
                              .minimum = o.tls_minimum,
                              .verify = o.tls_verify != 0,
                              .verify_host = o.tls_verify_host != 0},
                      .message_bytes_max = o.message_bytes_max,
                      .receive_bytes_max = o.receive_queue_bytes_max,
                      .receive_messages_max = o.receive_queue_messages_max,
                      .send_bytes_max = o.send_queue_bytes_max,
                      .close_timeout_ms = o.close_timeout_ms,
                      .ping_interval_ms = o.ping_interval_ms,
                      .pong_timeout_ms = o.pong_timeout_ms,
                      .reconnect = {.is_on = o.reconnect != 0,
                                    .first = o.reconnect_first != 0,
                                    .attempts_max = o.reconnect_attempts_max,
                                    .delay = Milliseconds{o.reconnect_delay_ms},
                                    .delay_max = Milliseconds{o.reconnect_delay_ms_max}},
                      .offline_bytes_max = o.offline_bytes_max,
                      .offline_messages_max = o.offline_messages_max};
    auto proxy = read_proxy(copied(o.proxy));
    if (!proxy) return proxy.error();
    settings.proxy = std::move(*proxy);
    for (std::size_t i = 0; i < o.subprotocol_count; ++i)
        settings.subprotocols.push_back(copied(o.subprotocols[i]));
    for (std::size_t i = 0; i < o.header_count; ++i)
        settings.headers.emplace_back(copied(o.headers[i].name), copied(o.headers[i].value));
    if (auto problem = handshake_problem(settings); !problem.empty()) return invalid("options: " + problem);
    return settings;
}

Outcome<wire::Url> read_target(const char* host, std::uint16_t port, const char* path, bool secure) {
    std::string name = copied(host);
    if (name.find(':') != std::string::npos && !name.starts_with('[')) name = "[" + name + "]";
    if (!wire::is_authority(name) || name.find("]:") != std::string::npos ||
        (!name.starts_with('[') && name.find(':') != std::string::npos)) {
        return invalid("host \"" + copied(host) + "\": neither a name nor an address");
    }
    std::string url = (secure ? "wss://" : "ws://") + name;
    if (port != 0) url += ":" + std::to_string(port);
    const std::string target = copied(path);
    if (!target.starts_with('/')) url += '/';
    return read_url((url + target).c_str());
}

Outcome<wire::Url> read_url(const char* url) {
    auto parsed = wire::parse_url(copied(url));
    if (parsed) return std::move(*parsed);
    // Neither a query nor a user's name and password belong into a sentence.
    std::string text = copied(url);
    text.resize(std::min(text.find('?'), text.size()));
    const std::size_t begin = text.find("//"), at = text.rfind('@');
    if (begin != std::string::npos && at != std::string::npos && at > begin) text.replace(begin + 2, at - begin - 2, "…");
    return invalid("URL \"" + text + "\": " + std::string{parsed.error()});
}

std::string shown(const wire::Url& url) {
    return (url.secure ? "wss://" : "ws://") + url.authority() + url.target.substr(0, url.target.find('?'));
}

}  // namespace berth::client::inner
