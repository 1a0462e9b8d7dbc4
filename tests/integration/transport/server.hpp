// SPDX-License-Identifier: MIT
/// A server that is nothing but a transport: it answers each request line and then echoes.
///
/// The request is a line. "echo" is answered "ok\n" and everything after it is sent back; other words are for
/// the test, through `Hooks`.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gateway/transport/acceptor.hpp"
#include "gateway/transport/transport.hpp"
#include "integration/transport/peer.hpp"

namespace berth::test {

using berth::host::transport::CloseReason;
using berth::host::transport::Connection;

/// What the handler keeps for a connection.
struct Session {
    std::string request;       ///< up to its newline
    std::string out;           ///< not written yet
    std::size_t received = 0;  ///< bytes after the request
};

enum class Callback { open, head, data, read_turn_end, writable, closed };

/// Steps a test puts in; an empty one is the echo. All run on the transport's thread.
struct Hooks {
    std::function<void(Connection&, Callback)> at;       ///< first thing in every callback
    std::function<void(Connection&, Session&)> request;  ///< instead of answering and `establish()`
    std::function<std::size_t(Connection&, Session&, std::string_view)> data;  ///< instead of the echo
};

/// What a test may ask about.
struct Counts {
    int opened = 0;
    int refused = 0;
    int closed_twice = 0;
    std::map<CloseReason, int> closed;
    [[nodiscard]] int closed_total() const;
};

class Server {
public:
    struct Options {
        berth::host::transport::TransportSettings settings{};
        std::vector<berth::host::transport::ListenerSettings> listeners{{}};
        std::size_t threads = 1;
        Hooks hooks{};
        std::function<bool(std::size_t listener)> admits{};  ///< the verdict; empty: always
    };

    explicit Server(Options options);
    ~Server();
    Server(const Server&) = delete;

    [[nodiscard]] std::uint16_t port(std::size_t listener = 0) const { return ports_[listener]; }
    [[nodiscard]] Counts counts() const;
    [[nodiscard]] std::size_t connections() const;
    /// Waits until no connection is left.
    [[nodiscard]] bool is_empty_soon() const;
    [[nodiscard]] bool has_closed(CloseReason reason, int how_many) const;

    /// Runs on the transport's thread and waits for it.
    void on_loop(std::function<void(berth::host::transport::Transport&)> task, std::size_t thread = 0);
    /// The newest connection that isn't closed; only inside `on_loop` or a hook.
    [[nodiscard]] Connection* newest(std::size_t thread = 0) const;
    [[nodiscard]] berth::host::transport::Acceptor& acceptor() { return *acceptor_; }

    /// Writes what a session has, pausing the connection above 64 KiB as the gateway does.
    static void flush(Connection& connection);
    static Session& session(Connection& connection) { return *static_cast<Session*>(connection.user); }

private:
    class Handler;
    class Door;
    Options options_;
    std::vector<std::uint16_t> ports_;
    std::vector<std::unique_ptr<Handler>> handlers_;
    std::vector<std::unique_ptr<berth::host::transport::Transport>> transports_;
    std::vector<std::thread> threads_;
    std::unique_ptr<Door> door_;
    std::unique_ptr<berth::host::transport::Acceptor> acceptor_;
};

/// A listening socket on 127.0.0.1 and a port of the system's choice.
berth::host::UniqueFd listen_on_loopback(std::uint16_t& port);

/// Settings of a TLS listener with a fresh certificate whose common name is `name`.
/// `names`: alternative ones, "DNS:a.example,DNS:*.b.example"; empty: none.
berth::host::tls::TlsSettings tls_for(const std::string& name = "localhost", const std::string& names = {});
/// One listener, plain or TLS with a certificate that is made once.
std::vector<berth::host::transport::ListenerSettings> one_listener(bool tls);

/// Connects and, over TLS, shakes hands; then sends "echo" and reads "ok". Fails the test when that fails.
Peer connected(const Server& server, bool tls, int receive_buffer = 0);

/// CPU time of this process, user and system.
std::chrono::microseconds cpu_time();
/// Open descriptors of this process.
std::size_t open_descriptors();
/// Resident memory of this process in bytes.
std::size_t resident_bytes();

/// The byte at a place of a connection's stream, for byte-exact comparison without keeping what was sent.
inline char pattern(std::size_t connection, std::size_t place) {
    return static_cast<char>((place * 131 + (place >> 8) * 7 + (place >> 16) + connection * 17) & 0xff);
}
std::string pattern_bytes(std::size_t connection, std::size_t from, std::size_t size);

}  // namespace berth::test
