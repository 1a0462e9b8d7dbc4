// SPDX-License-Identifier: MIT
/// What a hand-written server on epoll needs besides its service: accepting, the upgrade, reading, writing.
/// One thread.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/baselines/peer.hpp"

namespace berth::bench {

class EpollServer {
public:
    struct Options {
        std::string certificate{};  ///< PEM file; empty: no TLS
        std::string key{};
    };
    /// What to do with the bytes of an upgraded peer, those left in `unread` included.
    using Service = std::function<void(Peer& peer, std::span<char> bytes)>;

    /// Listens on 127.0.0.1 and prints "listening PORT". Throws std::runtime_error.
    EpollServer(const Options& options, Service service);

    [[noreturn]] void run();
    /// Writes to a peer, and waits for its socket when that does not take all.
    void write(Peer& peer, std::string_view bytes);
    [[nodiscard]] const std::vector<std::unique_ptr<Peer>>& peers() const { return peers_; }

private:
    void accept_all();
    void serve(Peer& peer, std::uint32_t events);
    void read(Peer& peer);
    void upgrade(Peer& peer, std::string_view bytes);
    void poll_for(Peer& peer);
    void bury(Peer& peer);

    Service service_;
    SSL_CTX* tls_ = nullptr;
    int listener_ = -1;
    int poller_ = -1;
    std::vector<std::unique_ptr<Peer>> peers_;
    std::vector<char> buffer_;
};

}  // namespace berth::bench
