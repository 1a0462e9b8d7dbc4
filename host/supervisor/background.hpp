// SPDX-License-Identifier: MIT
/// Work that blocks (copying, fsync), away from the supervisor's loop.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <thread>

#include "base/event_loop.hpp"
#include "base/mutex.hpp"

namespace berth::host::supervisor {

/// An interface, so that tests run the work at once.
class Background {
public:
    virtual ~Background() = default;
    /// Runs `work` elsewhere, then `then` on the caller's thread, in the order of the calls.
    virtual void run(std::function<void()> work, std::function<void()> then) = 0;
};

/// One thread. It starts no processes: the parent-death signal of a child follows the thread that made it.
class BackgroundThread final : public Background {
public:
    explicit BackgroundThread(EventLoop& loop);
    /// Waits for the work under way; what has not begun is dropped.
    ~BackgroundThread() override;

    void run(std::function<void()> work, std::function<void()> then) override BERTH_EXCLUDES(mutex_);

private:
    struct Job {
        std::function<void()> work;
        std::function<void()> then;
    };
    void serve() BERTH_EXCLUDES(mutex_);

    EventLoop& loop_;
    Mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Job> jobs_ BERTH_GUARDED_BY(mutex_);
    bool is_ending_ BERTH_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

}  // namespace berth::host::supervisor
