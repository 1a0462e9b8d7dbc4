// SPDX-License-Identifier: MIT
/// A caller's options, copied and checked once, before anything begins.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "client/failure.hpp"
#include "wire/uri.hpp"

namespace berth::client::inner {

struct TlsSettings {
    std::string ca_file{};           ///< empty: the system's store
    std::string certificate_file{};  ///< empty: no client certificate
    std::string key_file{};
    std::string server_name{};  ///< empty: the host
    std::int32_t minimum = BERTH_CLIENT_TLS_1_2;
    bool verify = true;
    bool verify_host = true;
};

/// A proxy that the connection goes through.
struct ProxySettings {
    std::string host{};  ///< empty: none
    std::uint16_t port = 0;
    std::string authorization{};  ///< value of Proxy-Authorization; empty: none

    [[nodiscard]] bool is_on() const noexcept { return !host.empty(); }
    /// For sentences: host and port.
    [[nodiscard]] std::string shown() const {
        return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
    }
};

struct ReconnectSettings {
    bool is_on = false;
    bool first = false;              ///< also when the very first attempt fails
    std::uint32_t attempts_max = 0;  ///< 0: no limit
    Milliseconds delay{500};
    Milliseconds delay_max{30000};
};

/// Every value is one that can be used.
struct Settings {
    std::int64_t connect_timeout_ms = 0;  ///< negative: none
    std::vector<std::string> subprotocols{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string origin{};
    TlsSettings tls{};
    ProxySettings proxy{};
    std::size_t message_bytes_max = 0;
    std::size_t receive_bytes_max = 0;
    std::size_t receive_messages_max = 0;
    std::size_t send_bytes_max = 0;
    std::int64_t close_timeout_ms = 0;  ///< negative: none
    std::int64_t ping_interval_ms = 0;  ///< 0: never
    std::int64_t pong_timeout_ms = 0;
    ReconnectSettings reconnect{};
    std::size_t offline_bytes_max = 0;
    std::size_t offline_messages_max = 0;
};

/// The defaults that the header names.
[[nodiscard]] berth_client_options default_options() noexcept;

/// Copies what the caller wrote; NULL means the defaults. A failure names the option.
[[nodiscard]] Outcome<Settings> read_settings(const berth_client_options* options);

/// Where to connect to, by its parts; `host` with or without brackets, port 0 the scheme's own.
[[nodiscard]] Outcome<wire::Url> read_target(const char* host, std::uint16_t port, const char* path,
                                             bool secure);

/// Where to connect to, as a URL.
[[nodiscard]] Outcome<wire::Url> read_url(const char* url);

/// For sentences: scheme, authority and path, without the query, which may hold a secret.
[[nodiscard]] std::string shown(const wire::Url& url);

}  // namespace berth::client::inner
