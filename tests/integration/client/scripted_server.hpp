// SPDX-License-Identifier: MIT
/// A server that does what a test says, right or wrong, on a thread of its own.
#pragma once

#include <openssl/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "support/certificate.hpp"
#include "support/deadline.hpp"
#include "support/frame.hpp"

namespace berth::test {

/// The server's end of one connection; every wait is bounded and throws std::runtime_error when it was in
/// vain.
class Peer {
public:
    Peer(int fd, SSL* ssl) : fd_(fd), ssl_(ssl) {}
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    /// The client's request, read once.
    const std::string& head();
    /// A field of it; empty when there is none.
    std::string header(std::string_view name);
    void send(std::string_view bytes);
    /// As `send`, while it goes: false when nobody takes it any more or the deadline passed.
    bool offer(std::string_view bytes, Deadline deadline = Deadline::usual());
    /// A correct 101, with these lines more; `then` follows in the same segment.
    void accept(const std::string& lines = {}, std::string_view then = {});
    void send(const Frame& frame) { send(encode(frame, {.masked = false})); }
    void close(unsigned code, std::string_view reason = {}) {
        send(Frame{opcode::close, close_payload(code, reason)});
    }
    /// The next frame of the client, which must be masked.
    Frame frame();
    /// Waits for the client to end its direction; true when it did, false after a reset.
    bool ended();
    /// Ends the connection with a RST.
    void reset();
    /// Ends our direction.
    void finish();
    /// After both close frames, or a close of ours: ends our direction and waits for the client's end.
    void part();
    /// Answers the close frame that comes next, and parts.
    void part_when_asked();
    [[nodiscard]] int fd() const { return fd_; }
    /// Common name of the client's certificate; empty without one.
    [[nodiscard]] std::string client_name() const;

private:
    bool pull();

    int fd_;
    SSL* ssl_;
    std::string in_;
    std::string head_;
};

/// Listens on 127.0.0.1 and runs the script for each connection, one after the other.
class ScriptedServer {
public:
    /// Gets the connection and how many there were before.
    using Script = std::function<void(Peer&, int)>;

    struct Tls {
        Certificate certificate;
        std::string client_authority_pem{};  ///< demands a certificate from it
        int version_max = 0;                 ///< of the protocol; 0: any
    };

    explicit ScriptedServer(Script script, std::optional<Tls> tls = {});
    /// Ends; what a script threw fails the test.
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url(std::string_view path = "/") const;
    /// How many connections there have been, those whose TLS handshake failed included.
    [[nodiscard]] int connections() const { return connections_; }
    /// No more connections are taken; those that come are refused by the system.
    void stop_listening();

private:
    void serve();
    void serve_one(int fd, int before);

    Script script_;
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
    int listener_ = -1;
    int stop_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::thread thread_;
};

}  // namespace berth::test
