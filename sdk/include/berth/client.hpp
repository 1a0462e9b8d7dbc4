// SPDX-License-Identifier: MIT
// The Berth client library for C++20: berth/client.h with owners, views and exceptions. Compiled into the program; what
// berth/client.h says about threads, fork, time limits, bounds and reconnection holds here as well.
#ifndef BERTH_CLIENT_HPP
#define BERTH_CLIENT_HPP
#if __cplusplus < 202002L
#  error "Berth needs C++20: compile with -std=c++20"
#endif

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client.h"

namespace berth::client {

using Milliseconds = std::chrono::milliseconds;

/// As a time limit: wait for as long as it takes.
inline constexpr Milliseconds forever{BERTH_CLIENT_FOREVER};
/// As a time limit: do not wait.
inline constexpr Milliseconds at_once{0};

/// The reason why there is no connection, or why a call can not be.
class Error : public std::runtime_error {
public:
    explicit Error(const berth_client_error& error) : std::runtime_error(error.text), error_(error) {}

    [[nodiscard]] berth_client_status status() const noexcept { return error_.status; }
    /// Of a refused handshake, else 0.
    [[nodiscard]] int http_status() const noexcept { return error_.http_status; }
    /// When the server asks to be tried again.
    [[nodiscard]] std::optional<Milliseconds> retry_after() const {
        if (error_.retry_after_ms < 0) return std::nullopt;
        return Milliseconds{error_.retry_after_ms};
    }

private:
    berth_client_error error_;
};

/// How a connection ended.
struct End {
    std::uint16_t code = 0;
    bool is_clean = false;
    std::string reason;
    std::optional<Error> error;
};

/// A received message.
struct Message {
    bool is_text = false;
    std::string bytes;
};

/// See berth_client_options; the defaults are the same.
struct Options {
    Milliseconds connect_timeout{10000};
    std::vector<std::string> subprotocols{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string origin{};

    std::string tls_ca_file{};
    std::string tls_certificate_file{};
    std::string tls_key_file{};
    std::string tls_server_name{};
    int tls_minimum = BERTH_CLIENT_TLS_1_2;
    bool tls_verify = true;
    bool tls_verify_host = true;

    std::size_t message_bytes_max = std::size_t{16} << 20;
    std::size_t receive_queue_bytes_max = std::size_t{4} << 20;
    std::size_t receive_queue_messages_max = 1024;
    std::size_t send_queue_bytes_max = std::size_t{16} << 20;
    Milliseconds close_timeout{5000};

    Milliseconds ping_interval{0};
    Milliseconds pong_timeout{10000};

    bool reconnect = false;
    bool reconnect_first = false;
    std::uint32_t reconnect_attempts_max = 0;
    Milliseconds reconnect_delay{500};
    Milliseconds reconnect_delay_max{30000};
    std::size_t offline_bytes_max = 0;
    std::size_t offline_messages_max = 256;
    std::string proxy{};
};

class Connection;

/// What happens to a connection; each may be empty. Order and threads as with berth_client_events. They must
/// not throw: an exception that leaves one ends the program.
struct Events {
    std::function<void(Connection&)> opening{};
    std::function<void(Connection&, bool is_text, std::string_view bytes)> message{};
    std::function<void(Connection&, std::uint16_t code, std::string_view reason)> closing{};
    std::function<void(Connection&, const Error&)> error{};
    std::function<void(Connection&, const End&, Milliseconds delay)> interrupted{};
    std::function<void(Connection&)> resumed{};
};

/// Owns a connection; gives it back when it is destroyed (see berth_client_release), which waits for
/// `closing` unless that happens in a callback. Moving it is no concern of the callbacks.
class Connection {
public:
    /// No connection.
    Connection() = default;
    ~Connection() { reset(); }
    Connection(Connection&& other) noexcept
        : handle_(std::exchange(other.handle_, nullptr)), is_owner_(other.is_owner_) {}
    Connection& operator=(Connection&& other) noexcept {
        if (this != &other) {
            reset();
            handle_ = std::exchange(other.handle_, nullptr);
            is_owner_ = other.is_owner_;
        }
        return *this;
    }

    /// Connects and waits until it is open; throws Error.
    static Connection connect(const std::string& url, const Options& options = {}) {
        return make(options, [&](const berth_client_options& o, berth_client_error& error) {
            return berth_client_connect_url(url.c_str(), &o, &error);
        });
    }
    static Connection connect(const std::string& host, std::uint16_t port, const std::string& path,
                              const Options& options = {}) {
        return make(options, [&](const berth_client_options& o, berth_client_error& error) {
            return berth_client_connect(host.c_str(), port, path.c_str(), &o, &error);
        });
    }
    static Connection connect_tls(const std::string& host, std::uint16_t port, const std::string& path,
                                  const Options& options = {}) {
        return make(options, [&](const berth_client_options& o, berth_client_error& error) {
            return berth_client_connect_tls(host.c_str(), port, path.c_str(), &o, &error);
        });
    }

    /// Begins to connect; what comes of it is told by the events. Throws Error where arguments can't be used.
    static Connection open(const std::string& url, Events events, const Options& options = {}) {
        return make(options, std::move(events), [&](const auto& o, const auto& e, auto& error) {
            return berth_client_open_url(url.c_str(), &o, &e, &error);
        });
    }
    static Connection open(const std::string& host, std::uint16_t port, const std::string& path,
                           Events events, const Options& options = {}) {
        return make(options, std::move(events), [&](const auto& o, const auto& e, auto& error) {
            return berth_client_open(host.c_str(), port, path.c_str(), &o, &e, &error);
        });
    }
    static Connection open_tls(const std::string& host, std::uint16_t port, const std::string& path,
                               Events events, const Options& options = {}) {
        return make(options, std::move(events), [&](const auto& o, const auto& e, auto& error) {
            return berth_client_open_tls(host.c_str(), port, path.c_str(), &o, &e, &error);
        });
    }

    /// Queues a message; the answer is a berth_client_status.
    berth_client_status write_text(std::string_view text, Milliseconds timeout = forever) {
        return berth_client_write_text(handle_, text.data(), text.size(), timeout.count());
    }
    berth_client_status write_buffer(std::span<const std::byte> bytes, Milliseconds timeout = forever) {
        return berth_client_write_buffer(handle_, bytes.data(), bytes.size(), timeout.count());
    }
    berth_client_status write_buffer(std::string_view bytes, Milliseconds timeout = forever) {
        return berth_client_write_buffer(handle_, bytes.data(), bytes.size(), timeout.count());
    }
    [[nodiscard]] std::size_t unsent_bytes() const { return berth_client_unsent_bytes(handle_); }

    /// The next whole message; nothing when the time limit passed, or when none will come (`wait(at_once)`
    /// tells). Throws std::bad_alloc when there is no memory for it; `berth_client_read` has then left it.
    [[nodiscard]] std::optional<Message> read(Milliseconds timeout = forever) {
        berth_client_message message{};
        const berth_client_status status = berth_client_read(handle_, &message, timeout.count());
        if (status == BERTH_CLIENT_NO_RESOURCES) throw std::bad_alloc();
        if (status != BERTH_CLIENT_OK) return std::nullopt;
        const std::unique_ptr<berth_client_message, decltype(&berth_client_message_free)> owner{
            &message, &berth_client_message_free};
        return Message{message.kind == BERTH_CLIENT_TEXT, std::string(message.data, message.size)};
    }

    [[nodiscard]] bool exists() const { return berth_client_exists(handle_) != 0; }
    berth_client_status close(std::uint16_t code = 1000, const std::string& reason = {}) {
        return berth_client_close(handle_, code, reason.c_str());
    }
    /// How it ended; nothing when the time limit passed first.
    [[nodiscard]] std::optional<End> wait(Milliseconds timeout = forever) {
        berth_client_end end{};
        if (berth_client_wait(handle_, &end, timeout.count()) != BERTH_CLIENT_OK) return std::nullopt;
        return shown(end);
    }
    [[nodiscard]] std::string subprotocol() const {
        std::string text(berth_client_subprotocol(handle_, nullptr, 0), '\0');
        berth_client_subprotocol(handle_, text.data(), text.size() + 1);
        return text;
    }

    /// Gives the connection back.
    void reset() {
        if (is_owner_) berth_client_release(handle_);
        handle_ = nullptr;
    }
    [[nodiscard]] explicit operator bool() const { return handle_ != nullptr; }
    /// For functions of berth/client.h; still this object's.
    [[nodiscard]] berth_client_connection* handle() const { return handle_; }

private:
    explicit Connection(berth_client_connection* handle, bool is_owner = true)
        : handle_(handle), is_owner_(is_owner) {}

    static End shown(const berth_client_end& end) {
        return {end.code, end.is_clean != 0, end.reason,
                end.error.status != BERTH_CLIENT_OK ? std::optional{Error{end.error}} : std::nullopt};
    }

    /// Calls one of the events with a Connection that owns nothing.
    template <auto member, class... Args>
    static void tell(void* user, berth_client_connection* handle, const Args&... args) noexcept {
        Connection connection{handle, false};
        if (const auto& event = static_cast<Events*>(user)->*member) event(connection, args...);
    }

    static berth_client_events table(Events& events) {
        berth_client_events table{};
        table.user = &events;
        table.opening = [](void* user, berth_client_connection* c) { tell<&Events::opening>(user, c); };
        if (events.message) {
            table.message = [](void* user, berth_client_connection* c, std::int32_t kind, const char* data, std::size_t size) {
                tell<&Events::message>(user, c, kind == BERTH_CLIENT_TEXT, std::string_view(data, size));
            };
        }
        table.error = [](void* user, berth_client_connection* c, const berth_client_error* error) {
            tell<&Events::error>(user, c, Error{*error});
        };
        table.interrupted = [](void* user, berth_client_connection* c, const berth_client_end* end, std::int64_t ms) {
            tell<&Events::interrupted>(user, c, shown(*end), Milliseconds{ms});
        };
        table.resumed = [](void* user, berth_client_connection* c) { tell<&Events::resumed>(user, c); };
        // The last of them: the events belong to the connection, and go with it.
        table.closing = [](void* user, berth_client_connection* c, std::uint16_t code, const char* reason) {
            tell<&Events::closing>(user, c, code, std::string_view(reason));
            delete static_cast<Events*>(user);
        };
        return table;
    }

    template <class Connect>
    static Connection make(const Options& options, Connect connect) {
        std::vector<const char*> subprotocols;
        for (const auto& subprotocol : options.subprotocols) subprotocols.push_back(subprotocol.c_str());
        std::vector<berth_client_header> headers;
        for (const auto& [name, value] : options.headers) headers.push_back({name.c_str(), value.c_str()});

        berth_client_options o;
        berth_client_options_init(&o, sizeof o);
        o.connect_timeout_ms = options.connect_timeout.count();
        o.subprotocols = subprotocols.data();
        o.subprotocol_count = subprotocols.size();
        o.headers = headers.data();
        o.header_count = headers.size();
        o.origin = options.origin.c_str();
        o.tls_ca_file = options.tls_ca_file.c_str();
        o.tls_certificate_file = options.tls_certificate_file.c_str();
        o.tls_key_file = options.tls_key_file.c_str();
        o.tls_server_name = options.tls_server_name.c_str();
        o.tls_minimum = options.tls_minimum;
        o.tls_verify = options.tls_verify ? 1 : 0;
        o.tls_verify_host = options.tls_verify_host ? 1 : 0;
        o.message_bytes_max = options.message_bytes_max;
        o.receive_queue_bytes_max = options.receive_queue_bytes_max;
        o.receive_queue_messages_max = options.receive_queue_messages_max;
        o.send_queue_bytes_max = options.send_queue_bytes_max;
        o.close_timeout_ms = options.close_timeout.count();
        o.ping_interval_ms = options.ping_interval.count();
        o.pong_timeout_ms = options.pong_timeout.count();
        o.reconnect = options.reconnect ? 1 : 0;
        o.reconnect_first = options.reconnect_first ? 1 : 0;
        o.reconnect_attempts_max = options.reconnect_attempts_max;
        o.reconnect_delay_ms = options.reconnect_delay.count();
        o.reconnect_delay_ms_max = options.reconnect_delay_max.count();
        o.offline_bytes_max = options.offline_bytes_max;
        o.offline_messages_max = options.offline_messages_max;
        o.proxy = options.proxy.c_str();

        berth_client_error error{};
        berth_client_connection* handle = connect(o, error);
        if (handle == nullptr) throw Error(error);
        return Connection{handle};
    }

    template <class Open>
    static Connection make(const Options& options, Events events, Open open) {
        auto kept = std::make_unique<Events>(std::move(events));
        const berth_client_events events_table = table(*kept);
        Connection connection = make(options, [&](const berth_client_options& o, berth_client_error& error) {
            return open(o, events_table, error);
        });
        kept.release();  // `closing` will free it.
        return connection;
    }

    berth_client_connection* handle_ = nullptr;
    bool is_owner_ = true;
};

}  // namespace berth::client

#endif
