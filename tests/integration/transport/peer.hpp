// SPDX-License-Identifier: MIT
/// A client that knows nothing of the transport: a non-blocking socket, and OpenSSL where it speaks TLS.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "support/deadline.hpp"

namespace berth::test {

/// What a client offers in its TLS handshake.
struct TlsOffer {
    int minimum = TLS1_2_VERSION;
    int maximum = TLS1_3_VERSION;
    std::vector<std::string> alpn{};
    std::string server_name{};
};

/// How the other side ended.
enum class PeerEnd { open, fin, close_notify, reset };

class Peer {
public:
    /// Connects to 127.0.0.1 in plain TCP. Fails the test when it can't.
    explicit Peer(std::uint16_t port, int receive_buffer = 0);
    Peer(Peer&&) = default;
    Peer& operator=(Peer&&) = default;

    /// Speaks TLS from now on. @return whether the handshake came to its end.
    [[nodiscard]] bool start_tls(const TlsOffer& offer = {}, Deadline deadline = Deadline::usual());
    /// Makes the TLS object without a handshake; the test drives it.
    void prepare_tls(const TlsOffer& offer = {});

    /// All of it, waiting for room but not reading meanwhile. False: ended, or the deadline passed.
    bool send(std::string_view bytes, Deadline deadline = Deadline::usual());
    /// Exactly so many bytes, fewer when the peer ended or the deadline passed.
    std::string receive(std::size_t bytes, Deadline deadline = Deadline::usual());
    /// Drops what comes until the other side ends.
    PeerEnd wait_end(Deadline deadline = Deadline::usual());

    /// What goes now, without waiting; 0 when nothing does or the peer ended.
    std::size_t try_send(std::string_view bytes);
    std::size_t try_receive(std::span<char> buffer);
    [[nodiscard]] PeerEnd end() const { return end_; }

    void finish();  ///< close_notify over TLS, then FIN
    void reset();   ///< RST
    void close() { socket_.reset(); }

    [[nodiscard]] int fd() const { return socket_.get(); }
    [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
    /// The text after "CN=" of the server's certificate.
    [[nodiscard]] std::string server_common_name() const;

private:
    struct Free {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };
    void note_failure(int result);
    [[nodiscard]] bool wait(short events, const Deadline& deadline) const;

    berth::host::UniqueFd socket_;
    std::unique_ptr<SSL_CTX, Free> context_;
    std::unique_ptr<SSL, Free> ssl_;
    PeerEnd end_ = PeerEnd::open;
};

}  // namespace berth::test
