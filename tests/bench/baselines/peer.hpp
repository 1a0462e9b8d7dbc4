// SPDX-License-Identifier: MIT
/// One connection of a hand-written server.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace berth::bench {

/// A non-blocking socket, plain or TLS, and what is left of its bytes in both directions.
class Peer {
public:
    Peer(int descriptor, SSL_CTX* tls);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    /// Bytes read, at most as many as `into` holds; 0: none are there. After the end `is_over`.
    std::size_t read(std::span<char> into);
    /// Whether TLS has bytes that the kernel no longer knows of: epoll is silent about them, so a
    /// reader whose buffer was full goes on. A record that isn't all there counts, too.
    [[nodiscard]] bool holds_bytes() const;
    /// Writes what the socket takes, keeps the rest.
    void write(std::string_view bytes);
    void write_rest();
    [[nodiscard]] bool has_rest() const { return taken_ < unwritten_.size(); }

    const int descriptor;
    bool is_over = false;
    bool is_upgraded = false;
    bool waits_to_write = false;  ///< as the poller knows it
    std::string unread;           ///< the beginning of a request or frame
    std::size_t place = 0;        ///< among the peers of its server

private:
    std::size_t write_some(std::string_view bytes);

    SSL* const tls_;
    std::string unwritten_;
    std::size_t taken_ = 0;  ///< of `unwritten_`, by the socket
};

}  // namespace berth::bench
