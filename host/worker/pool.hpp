// SPDX-License-Identifier: MIT
/// The executors: threads that take contexts which have work, one context by one executor at a time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "worker/context.hpp"
#include "worker/executor.hpp"
#include "worker/slots.hpp"

namespace berth::host::worker {

/// Contexts wait in one queue; a context that has more work after its batch goes to the end, so nobody
/// starves. As many executors as processors run at once; when they make no progress because handlers block,
/// `tick` adds some, up to the bound, and those that find nothing to do for long end again.
class Pool {
public:
    /// Runs a batch; answers whether the context has more work. [executor]
    using Run = std::function<bool(Context&, Executor&)>;

    struct Options {
        bool has_signal_stacks = false;
        std::size_t executors_max = 256;
        std::size_t executors_min = 2;       ///< that run without anybody blocking, and stay
        Milliseconds idle{10'000};           ///< then an executor beyond the minimum ends
    };
    struct Figures {
        std::size_t executors = 0;
        std::size_t busy = 0;
        std::size_t queued = 0;
    };

    struct Surroundings {
        link::SlotTable& table;
        Slots& slots;
        ExecutorList& executors;
        Outlet& outlet;
        PostSink& posts;
        Ticker& ticker;
    };

    Pool(Options options, Surroundings surroundings, Run run);
    ~Pool();

    /// Without it no executor is made: contexts wait for `drive`.
    void start();
    /// Runs a batch of the first context that waits, on the caller's thread; false: none waits. Not after `start`.
    bool drive() BERTH_EXCLUDES(mutex_);
    /// Drops what is queued; waits for what is running. Nothing may be pushed after it.
    void stop() BERTH_EXCLUDES(mutex_);

    /// Contexts that have work. [any thread]
    void push(ContextPtr context) BERTH_EXCLUDES(mutex_);
    void push(std::vector<ContextPtr>& contexts) BERTH_EXCLUDES(mutex_);  ///< empties it

    /// Adds executors where contexts wait and nothing moves. Answers whether any wait. [ticker]
    bool tick(TimePoint now) BERTH_EXCLUDES(mutex_);
    [[nodiscard]] Figures figures() const BERTH_EXCLUDES(mutex_);

    static constexpr Milliseconds stalled_after{2};

private:
    struct Thread;

    void wake_for_new_work() BERTH_REQUIRES(mutex_);
    bool add_executor() BERTH_REQUIRES(mutex_);
    void grow(std::size_t by) BERTH_REQUIRES(mutex_);
    [[nodiscard]] std::size_t awake() const BERTH_REQUIRES(mutex_) { return threads_.size() - idle_.size(); }
    void run(Thread& thread) BERTH_EXCLUDES(mutex_);
    bool wait_for_work(Thread& thread) BERTH_REQUIRES(mutex_);

    const Options options_;
    const Surroundings around_;
    const Run run_;

    mutable Mutex mutex_;
    std::deque<ContextPtr> queue_ BERTH_GUARDED_BY(mutex_);
    std::list<std::unique_ptr<Thread>> threads_ BERTH_GUARDED_BY(mutex_);
    std::list<std::unique_ptr<Thread>> ended_ BERTH_GUARDED_BY(mutex_);  ///< to be joined
    std::vector<Thread*> idle_ BERTH_GUARDED_BY(mutex_);                 ///< the last one is the warmest
    std::size_t busy_ BERTH_GUARDED_BY(mutex_) = 0;
    std::uint64_t taken_ BERTH_GUARDED_BY(mutex_) = 0;        ///< contexts taken from the queue, so far
    std::uint64_t taken_at_tick_ BERTH_GUARDED_BY(mutex_) = 0;
    std::size_t growth_ BERTH_GUARDED_BY(mutex_) = 1;
    TimePoint stalled_since_ BERTH_GUARDED_BY(mutex_){};
    TimePoint window_began_ BERTH_GUARDED_BY(mutex_){};  ///< of contexts waiting without a break
    std::chrono::nanoseconds window_cpu_ BERTH_GUARDED_BY(mutex_){0};
    bool is_started_ BERTH_GUARDED_BY(mutex_) = false;
    bool is_stopping_ BERTH_GUARDED_BY(mutex_) = false;
    std::unique_ptr<Thread> driver_;  ///< the executor of `drive`
};

}  // namespace berth::host::worker
