// SPDX-License-Identifier: MIT
/// An HTTP proxy that makes connections (RFC 9110 §9.3.6), on threads of its own.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace berth::test {

/// Listens on 127.0.0.1 and passes each connection on to where it asks, or answers it with `refusal`.
class ConnectProxy {
public:
    /// `refusal`: a whole answer; empty: everybody is served.
    explicit ConnectProxy(std::string refusal = {});
    ~ConnectProxy();
    ConnectProxy(const ConnectProxy&) = delete;
    ConnectProxy& operator=(const ConnectProxy&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    /// The requests so far.
    [[nodiscard]] std::vector<std::string> heads() const;

private:
    void serve();
    void serve_one(int client);

    const std::string refusal_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<std::string> heads_;
    std::vector<int> sockets_;  ///< ended with this
    std::vector<std::thread> connections_;
    std::thread thread_;
};

}  // namespace berth::test
