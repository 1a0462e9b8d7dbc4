// SPDX-License-Identifier: MIT
/// An epoll loop with timers and posted tasks, for threads that are not the gateway's.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "base/timers.hpp"
#include "base/unique_fd.hpp"

namespace berth::host {

/// Belongs to the thread that calls `run`, except `post` and `stop`. Callbacks may watch, unwatch and
/// cancel anything, themselves included: nothing is called after its unwatch or cancel.
class EventLoop final : public Timers {
public:
    using Handler = std::function<void(std::uint32_t events)>;

    static Result<std::unique_ptr<EventLoop>> create();

    /// Calls `handler` while the descriptor is ready (level triggered). `events`: EPOLLIN | EPOLLOUT; errors
    /// and hang-ups come always. The caller keeps the descriptor and unwatches before closing it.
    Result<void> watch(int fd, std::uint32_t events, Handler handler);
    /// Changes what is waited for. The descriptor must be watched.
    void rewatch(int fd, std::uint32_t events);
    void unwatch(int fd);

    [[nodiscard]] TimePoint now() const override { return Clock::now(); }
    [[nodiscard]] Id after(Milliseconds delay, std::function<void()> callback) override;
    void cancel(Id id) override;

    /// Runs `task` on the loop's thread in its next turn; tasks left when the loop is destroyed are dropped.
    void post(std::function<void()> task) BERTH_EXCLUDES(mutex_);  ///< [any thread]

    /// Runs until `stop`.
    void run();
    /// One turn: waits up to `limit` for something to do.
    void run_once(Milliseconds limit);
    /// Makes `run` return after the turn under way.
    void stop();  ///< [any thread]

private:
    struct Watch {
        std::uint32_t serial = 0;
        std::shared_ptr<Handler> handler;  // Shared with the call under way, which may unwatch itself.
    };

    EventLoop(UniqueFd epoll, UniqueFd wake) : epoll_(std::move(epoll)), wake_(std::move(wake)) {}
    void run_timers();
    void run_posted();

    UniqueFd epoll_;
    UniqueFd wake_;
    std::unordered_map<int, Watch> watches_;
    std::uint32_t next_serial_ = 1;
    std::map<std::pair<TimePoint, Id>, std::function<void()>> timers_;
    std::unordered_map<Id, TimePoint> due_;
    Id next_timer_ = 1;
    std::atomic<bool> stopping_{false};
    Mutex mutex_;
    std::vector<std::function<void()>> posted_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::host
