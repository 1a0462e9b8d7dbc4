// SPDX-License-Identifier: MIT
/// One thread that looks after what handlers hold and whether executors are stuck.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <thread>

#include "base/clock.hpp"
#include "base/mutex.hpp"

namespace berth::host::worker {

/// Calls `tick`, which answers how soon it wants to be called again. After a while in which it answered
/// `idle` the thread sleeps until `wake`; so a worker that does nothing costs nothing.
class Ticker {
public:
    static constexpr Milliseconds idle{0};
    using Tick = std::function<Milliseconds(TimePoint)>;

    explicit Ticker(Tick tick) : tick_(std::move(tick)) {}
    ~Ticker() { stop(); }

    void start();
    void stop() BERTH_EXCLUDES(mutex_);
    /// Something runs: the thread must not sleep. Costs one load when it does not. [any thread]
    void wake() {
        if (is_asleep_.load(std::memory_order_seq_cst)) wake_slowly();
    }
    /// A context waits for an executor: look within Pool::stalled_after. [any thread]
    void hurry() BERTH_EXCLUDES(mutex_);

private:
    void run() BERTH_EXCLUDES(mutex_);
    void wake_slowly() BERTH_EXCLUDES(mutex_);

    const Tick tick_;
    std::atomic<bool> is_asleep_{false};
    std::atomic<bool> is_fast_{false};
    Mutex mutex_;
    std::condition_variable_any changed_;
    bool is_woken_ BERTH_GUARDED_BY(mutex_) = false;
    bool is_stopping_ BERTH_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

}  // namespace berth::host::worker
