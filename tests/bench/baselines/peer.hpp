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
    /// Writes what the socket takes, keeps the rest.
    void write(std::string_view bytes);
    void write_rest();

    const int descriptor;
    bool is_over = false;
    bool is_upgraded = false;
    bool waits_to_write = false;  ///< as the poller knows it
    std::string unread;           ///< the beginning of a request or frame
    std::string unwritten;
    std::size_t place = 0;  ///< among the peers of its server

private:
    std::size_t write_some(std::string_view bytes);

    SSL* const tls_;
};

}  // namespace berth::bench
