// SPDX-License-Identifier: MIT
/// The one thread of the load: sockets, their polling, the upgrade.
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/load/connection.hpp"
#include "bench/load/options.hpp"

namespace berth::bench {

using Clock = std::chrono::steady_clock;

[[nodiscard]] inline std::uint64_t now_ns() {
    return static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
}

/// What a mode does with its connections. Called by the engine; may open, write and reset any of them.
class Traveller {
public:
    virtual ~Traveller() = default;
    /// The upgrade is done.
    virtual void opened(Connection& connection) = 0;
    /// Bytes of an open connection; valid during the call.
    virtual void received(Connection& connection, std::span<const char> bytes) = 0;
    /// Once a turn; answers when it wants the next one at the latest.
    virtual Clock::time_point turn() { return Clock::time_point::max(); }
};

class Engine {
public:
    explicit Engine(const Options& options);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    void serve(Traveller& traveller) { traveller_ = &traveller; }

    /// Begins to open one; `Traveller::opened` says when it is. Throws Failure.
    void open(Connection& connection);
    /// Writes all of it, sooner or later.
    void write(Connection& connection, std::span<const char> bytes) {
        connection.write(bytes);
        if (connection.has_rest() != connection.waits_to_write) poll_for(connection);
    }

    /// Turns until the time has come.
    void run_until(Clock::time_point end);
    /// Turns until `done`; throws Failure with `what` when that takes longer than half a minute.
    void run_until(const std::function<bool()>& done, const char* what);

private:
    void turn(Clock::time_point latest);
    void serve_event(const epoll_event& event);
    void connected(Connection& connection);
    void secure(Connection& connection);
    void ask(Connection& connection);
    void read(Connection& connection);
    void read_head(Connection& connection, std::span<const char> bytes);
    void poll_for(Connection& connection);

    const Options& options_;
    Traveller* traveller_ = nullptr;
    std::optional<TlsClient> tls_;
    int poller_ = -1;
    std::vector<epoll_event> events_;
    std::vector<char> buffer_;
};

}  // namespace berth::bench
