// SPDX-License-Identifier: MIT
/// libwebsockets 4.1.6 as this transport drives it: one context on one libuv loop, raw role, no listening.
///
/// It is given a descriptor when its first bytes are there; it speaks TLS, reads the request's bytes, and
/// owns descriptor and TLS object until the connection is killed. Nothing is written through it. What it must
/// be kept from (own time-outs, HTTP/2, crossing certificates between listeners) is said where it is done.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "tls/tls_settings.hpp"

struct lws;
struct ssl_st;

namespace berth::host::transport {

class Connection;
struct ListenerSettings;

/// What the library says about a connection. Called inside `Library::adopt`, `run` and `kill`.
class LibraryEvents {
public:
    /// The library has it now. Not "ready": the TLS handshake is only beginning.
    virtual void library_adopted(Connection& connection, lws* wsi, ssl_st* ssl) = 0;
    virtual void library_handshaken(Connection& connection) = 0;
    virtual void library_read(Connection& connection, std::string_view bytes) = 0;
    /// The library closes it, by itself; the descriptor is open until this returns. Not after `kill`.
    virtual void library_closed(Connection& connection) = 0;

protected:
    ~LibraryEvents() = default;
};

/// [transport's thread], `create` and the destructor as `Transport` says.
class Library {
public:
    /// `events` [borrowed: until the library is gone].
    static Result<std::unique_ptr<Library>> create(const std::vector<ListenerSettings>& listeners,
                                                   LibraryEvents& events);
    /// Every connection must have been killed before.
    ~Library();
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    /// Descriptor of the nested loop: readable when `run` has something to do.
    [[nodiscard]] int descriptor() const;
    /// How long until `run` must be called even if nothing is readable; max() when never.
    [[nodiscard]] Milliseconds due_in() const;
    /// One turn of the nested loop, without waiting. Also closes what was killed and applies what changed, so
    /// it must follow every other call before the thread waits; `must_run` tells.
    void run();
    [[nodiscard]] bool must_run() const;

    /// Hands a descriptor over, for good: also when it fails, the library closes it.
    void adopt(int fd, std::size_t listener, Connection& connection);
    /// The library reads no more; descriptor and TLS object stay its property.
    void stop_reading(lws* wsi);
    /// Ends it without a further event. Never inside one of `LibraryEvents`. The descriptor is closed by the
    /// next `run`.
    void kill(lws* wsi);

    /// One more listener, with the next number.
    Result<void> add_listener(const ListenerSettings& settings);
    /// The next number is that of no listener.
    void skip_listener();
    [[nodiscard]] bool has_listener(std::size_t listener) const;
    Result<void> replace_tls(std::size_t listener, const tls::TlsSettings& settings);

private:
    class Impl;
    explicit Library(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace berth::host::transport
