// SPDX-License-Identifier: MIT
/// One client's socket: plain or TLS, non-blocking.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/load/tls_client.hpp"
#include "bench/load/traffic.hpp"

namespace berth::bench {

/// What the engine knows of a connection, and what a mode keeps with it.
class Connection {
public:
    enum class Phase : std::uint8_t { closed, connecting, securing, upgrading, open };

    Connection() = default;
    ~Connection() { reset(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Reads what is there, up to the size of `into`: 0 when nothing is. Throws Failure when the peer has
    /// ended the connection.
    std::size_t read(std::span<char> into);
    /// Writes what the socket takes and keeps the rest. Throws Failure.
    void write(std::span<const char> bytes);
    /// Goes on with the rest. Throws Failure.
    void write_rest();
    [[nodiscard]] bool has_rest() const noexcept { return rest_begin_ != rest_.size(); }
    /// Ends it at once, so that the port is free again.
    void reset() noexcept;

    std::uint16_t index = 0;
    Phase phase = Phase::closed;
    int socket = -1;
    SslPtr tls;
    bool waits_to_write = false;  ///< as the poller knows it
    std::string head;             ///< of the answer to the handshake, until it is whole

    // The mode's.
    std::uint32_t sent = 0;  ///< messages so far
    Incoming incoming;
    std::vector<std::uint64_t> sent_at_ns;  ///< by number, as many as may be under way

private:
    std::size_t write_some(std::span<const char> bytes);
    [[noreturn]] void fail(const std::string& what) const;

    std::vector<char> rest_;
    std::size_t rest_begin_ = 0;
};

}  // namespace berth::bench
