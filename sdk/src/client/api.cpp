// SPDX-License-Identifier: MIT
// The C interface: checks, hands on, lets no exception out.
#include <berth/client.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "client/connection.hpp"
#include "wire/close_code.hpp"
#include "wire/frame.hpp"
#include "wire/utf8.hpp"

namespace berth::client::inner {
namespace {

Connection& of(berth_client_connection* handle) {
    return *reinterpret_cast<Connection*>(handle);
}
Connection& of(const berth_client_connection* handle) {
    return of(const_cast<berth_client_connection*>(handle));
}
berth_client_connection* handle_of(Connection* connection) {
    return reinterpret_cast<berth_client_connection*>(connection);
}

/// Runs `body`; when memory, descriptors or threads are short, the answer is NULL and the error says so.
template <class Body>
berth_client_connection* guarded(berth_client_error* error, Body body) noexcept {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        write_error(error, {.status = BERTH_CLIENT_NO_RESOURCES, .text = "out of memory"});
    } catch (const std::exception& problem) {
        write_error(error, {.status = BERTH_CLIENT_NO_RESOURCES, .text = problem.what()});
    }
    return nullptr;
}

/// Runs `body` on a connection of this process.
template <class Body>
berth_client_status on(const berth_client_connection* handle, Body body) noexcept {
    if (handle == nullptr) return BERTH_CLIENT_INVALID;
    Connection& connection = of(handle);
    if (!connection.is_of_this_process()) return BERTH_CLIENT_FORKED;
    try {
        return body(connection);
    } catch (const std::exception&) {
        return BERTH_CLIENT_NO_RESOURCES;
    }
}

/// Everything that can be wrong before anything is connected.
Outcome<Connection::Plan> plan(Outcome<wire::Url> url, const berth_client_options* options,
                               const berth_client_events* events) {
    if (!url) return url.error();
    auto settings = read_settings(options);
    if (!settings) return settings.error();
    TlsContext tls;
    if (url->secure) {
        auto made = make_tls_context(settings->tls);
        if (!made) return made.error();
        tls = std::move(*made);
    }
    return Connection::Plan{.settings = std::move(*settings),
                            .url = std::move(*url),
                            .tls = std::move(tls),
                            .events = events != nullptr ? *events : berth_client_events{}};
}

berth_client_connection* open(Outcome<wire::Url> url, const berth_client_options* options,
                              const berth_client_events* events, berth_client_error* error) {
    auto planned = plan(std::move(url), options, events);
    if (planned) return handle_of(Connection::start(std::move(*planned)));
    write_error(error, planned.error());
    return nullptr;
}

/// Why there is no connection, of one that was given up or has ended.
Failure reason_of(Connection& connection, std::int64_t timeout_ms) {
    End end;
    static_cast<void>(connection.mailbox().wait_end(end, never));
    if (end.failure && end.failure->status != BERTH_CLIENT_CLOSED) return std::move(*end.failure);
    return {.status = BERTH_CLIENT_TIMEOUT,
            .text = "there was no connection within " + std::to_string(timeout_ms) + " ms"};
}

berth_client_connection* connect(Outcome<wire::Url> url, const berth_client_options* options,
                                 berth_client_error* error) {
    const TimePoint begin = Clock::now();
    auto planned = plan(std::move(url), options, nullptr);
    if (!planned) {
        write_error(error, planned.error());
        return nullptr;
    }
    const std::int64_t timeout_ms = planned->settings.connect_timeout_ms;
    planned->give_up_at = after(begin, timeout_ms);
    Connection* connection = Connection::start(std::move(*planned));
    if (connection->mailbox().wait_open(after(begin, timeout_ms))) return handle_of(connection);
    write_error(error, reason_of(*connection, timeout_ms));
    Connection::release(connection);
    return nullptr;
}

berth_client_status write(berth_client_connection* handle, wire::MessageKind kind, const void* data,
                          std::size_t size, std::int64_t timeout_ms) noexcept {
    return on(handle, [&](Connection& connection) -> berth_client_status {
        if (data == nullptr && size != 0) return BERTH_CLIENT_INVALID;
        // Its own thread is the one that would have to make room.
        const std::int64_t wait_ms = connection.is_on_own_thread() ? 0 : timeout_ms;
        return connection.mailbox().write(kind, {static_cast<const char*>(data), size},
                                          after(Clock::now(), wait_ms));
    });
}

}  // namespace
}  // namespace berth::client::inner

using namespace berth::client::inner;
namespace wire = berth::wire;

void berth_client_options_init(berth_client_options* options, size_t struct_size) noexcept {
    if (options == nullptr) return;
    berth_client_options defaults = default_options();
    std::memset(options, 0, struct_size);
    std::memcpy(options, &defaults, std::min(struct_size, sizeof defaults));
    options->struct_size = struct_size;
}

berth_client_connection* berth_client_connect(const char* host, uint16_t port, const char* path,
                                              const berth_client_options* options,
                                              berth_client_error* error) noexcept {
    return guarded(error, [&] { return connect(read_target(host, port, path, false), options, error); });
}

berth_client_connection* berth_client_connect_tls(const char* host, uint16_t port, const char* path,
                                                  const berth_client_options* options,
                                                  berth_client_error* error) noexcept {
    return guarded(error, [&] { return connect(read_target(host, port, path, true), options, error); });
}

berth_client_connection* berth_client_connect_url(const char* url, const berth_client_options* options,
                                                  berth_client_error* error) noexcept {
    return guarded(error, [&] { return connect(read_url(url), options, error); });
}

berth_client_connection* berth_client_open(const char* host, uint16_t port, const char* path,
                                           const berth_client_options* options,
                                           const berth_client_events* events,
                                           berth_client_error* error) noexcept {
    return guarded(error, [&] { return open(read_target(host, port, path, false), options, events, error); });
}

berth_client_connection* berth_client_open_tls(const char* host, uint16_t port, const char* path,
                                               const berth_client_options* options,
                                               const berth_client_events* events,
                                               berth_client_error* error) noexcept {
    return guarded(error, [&] { return open(read_target(host, port, path, true), options, events, error); });
}

berth_client_connection* berth_client_open_url(const char* url, const berth_client_options* options,
                                               const berth_client_events* events,
                                               berth_client_error* error) noexcept {
    return guarded(error, [&] { return open(read_url(url), options, events, error); });
}

berth_client_status berth_client_write_text(berth_client_connection* connection, const char* data,
                                            size_t size, int64_t timeout_ms) noexcept {
    return write(connection, wire::MessageKind::text, data, size, timeout_ms);
}

berth_client_status berth_client_write_buffer(berth_client_connection* connection, const void* data,
                                              size_t size, int64_t timeout_ms) noexcept {
    return write(connection, wire::MessageKind::buffer, data, size, timeout_ms);
}

size_t berth_client_unsent_bytes(const berth_client_connection* connection) noexcept {
    size_t bytes = 0;
    on(connection, [&](Connection& c) -> berth_client_status {
        bytes = c.mailbox().unsent_bytes();
        return BERTH_CLIENT_OK;
    });
    return bytes;
}

berth_client_status berth_client_read(berth_client_connection* connection, berth_client_message* message,
                                      int64_t timeout_ms) noexcept {
    return on(connection, [&](Connection& c) -> berth_client_status {
        if (message == nullptr || (timeout_ms != 0 && c.is_on_own_thread())) return BERTH_CLIENT_INVALID;
        Letter letter;
        char* data = nullptr;
        const auto allocate = [&](std::size_t bytes) {
            data = static_cast<char*>(std::malloc(bytes + 1));
            return data != nullptr;
        };
        if (const auto status = c.mailbox().read(letter, after(Clock::now(), timeout_ms), allocate);
            status != BERTH_CLIENT_OK) {
            return status;
        }
        const std::size_t size = letter.payload.size();
        std::memcpy(data, letter.payload.c_str(), size + 1);
        message->kind = letter.kind == wire::MessageKind::text ? BERTH_CLIENT_TEXT : BERTH_CLIENT_BUFFER;
        message->data = data;
        message->size = size;
        return BERTH_CLIENT_OK;
    });
}

void berth_client_message_free(berth_client_message* message) noexcept {
    if (message == nullptr) return;
    std::free(message->data);
    message->data = nullptr;
    message->size = 0;
}

int32_t berth_client_exists(const berth_client_connection* connection) noexcept {
    bool exists = false;
    on(connection, [&](Connection& c) -> berth_client_status {
        exists = c.mailbox().is_open();
        return BERTH_CLIENT_OK;
    });
    return exists ? 1 : 0;
}

berth_client_status berth_client_close(berth_client_connection* connection, uint16_t code,
                                       const char* reason) noexcept {
    return on(connection, [&](Connection& c) -> berth_client_status {
        const std::string text = reason != nullptr ? reason : "";
        if (code == 0) code = wire::close_code::normal;
        if (!wire::may_be_sent(code, wire::Role::client) || text.size() > wire::close_reason_bytes_max ||
            !wire::is_valid_utf8(text)) {
            return BERTH_CLIENT_INVALID;
        }
        c.mailbox().close(code, text);
        return BERTH_CLIENT_OK;
    });
}

berth_client_status berth_client_wait(berth_client_connection* connection, berth_client_end* end,
                                      int64_t timeout_ms) noexcept {
    return on(connection, [&](Connection& c) -> berth_client_status {
        if (timeout_ms != 0 && c.is_on_own_thread()) return BERTH_CLIENT_INVALID;
        End how;
        const auto status = c.mailbox().wait_end(how, after(Clock::now(), timeout_ms));
        if (status == BERTH_CLIENT_OK) write_end(end, how);
        return status;
    });
}

size_t berth_client_subprotocol(const berth_client_connection* connection, char* to,
                                size_t capacity) noexcept {
    std::string chosen;
    on(connection, [&](Connection& c) -> berth_client_status {
        chosen = c.mailbox().subprotocol();
        return BERTH_CLIENT_OK;
    });
    if (to != nullptr && capacity != 0)
        *std::copy_n(chosen.data(), std::min(chosen.size(), capacity - 1), to) = '\0';
    return chosen.size();
}

void berth_client_release(berth_client_connection* connection) noexcept {
    if (connection != nullptr) Connection::release(&of(connection));
}

const char* berth_client_version() noexcept {
    return BERTH_CLIENT_VERSION;
}
