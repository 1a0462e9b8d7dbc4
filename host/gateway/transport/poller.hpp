// SPDX-License-Identifier: MIT
/// The thread's epoll set: connections by slot, other descriptors by callback.
///
/// An event names its target by index and generation, never by pointer or descriptor: what was closed earlier
/// in the same batch, or came back under the same number, isn't found any more.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::host::transport {

class Connection;

class Poller {
public:
    using WatchCallback = std::function<void(std::uint32_t events)>;
    using ConnectionCallback = std::function<void(Connection& connection, std::uint32_t events)>;

    static Result<Poller> create();

    /// A slot for a connection that isn't in the epoll set yet.
    [[nodiscard]] std::uint64_t enter(Connection& connection);
    /// Gives the slot back; the token means nothing from now on.
    void leave(std::uint64_t token);
    /// @return the connection, or nullptr when it has left.
    [[nodiscard]] Connection* find(std::uint64_t token) const;
    [[nodiscard]] std::vector<Connection*> connections() const;
    /// epoll_ctl for a connection's descriptor; `operation` is EPOLL_CTL_ADD, _MOD or _DEL.
    [[nodiscard]] bool control(int operation, int fd, std::uint32_t events, std::uint64_t token) const;

    Result<void> watch(int fd, std::uint32_t events, WatchCallback callback);
    Result<void> change_watch(int fd, std::uint32_t events);
    void unwatch(int fd);

    /// Waits, at most `wait`; the events are handed out by `dispatch`, so that the caller can look at the
    /// clock in between.
    void wait(Milliseconds wait);
    void dispatch(const ConnectionCallback& on_connection);

private:
    static constexpr std::uint32_t no_slot = 0xffff'ffffu;
    struct Slot {
        Connection* connection = nullptr;
        std::uint32_t generation = 0;
        std::uint32_t next_free = 0;
    };
    struct Watch {
        std::uint32_t generation = 0;
        std::unique_ptr<WatchCallback> callback;
    };

    explicit Poller(UniqueFd epoll) : epoll_(std::move(epoll)) {}

    UniqueFd epoll_;
    std::vector<Slot> slots_;
    std::uint32_t first_free_ = no_slot;
    std::unordered_map<int, Watch> watches_;
    std::vector<std::unique_ptr<WatchCallback>> dropped_;  // Unwatched in this batch; one may be running.
    std::uint32_t next_watch_ = 0;
    std::array<epoll_event, 512> events_{};
    int ready_ = 0;
};

}  // namespace berth::host::transport
