// SPDX-License-Identifier: MIT
#include "worker/pool.hpp"

#include <algorithm>
#include <ctime>
#include <system_error>

#include "base/assert.hpp"
#include "base/log.hpp"

namespace berth::host::worker {
namespace {

/// How long contexts wait, though executors take some, before a look at the processor decides.
constexpr Milliseconds window{10};

std::chrono::nanoseconds cpu_time() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

struct Pool::Thread {
    Thread(std::size_t its_index, link::Slot& slot, const Surroundings& around)
        : index(its_index), executor(slot, around.outlet, around.posts, around.ticker) {}

    const std::size_t index;  ///< of the slot
    Executor executor;
    std::condition_variable_any called;
    bool is_called = false;  ///< guarded by the pool
    std::thread thread;
};

Pool::Pool(Options options, Surroundings surroundings, Run run)
    : options_(options), around_(surroundings), run_(std::move(run)) {}

Pool::~Pool() { stop(); }

void Pool::start() {
    const MutexLock lock(mutex_);
    is_started_ = true;
    add_executor();
}

bool Pool::drive() {
    ContextPtr context;
    {
        const MutexLock lock(mutex_);
        if (queue_.empty()) return false;
        context = std::move(queue_.front());
        queue_.pop_front();
    }
    if (!driver_) {
        const auto index = around_.slots.take();
        BERTH_ASSERT(index);
        driver_ = std::make_unique<Thread>(*index, around_.table.at(*index), around_);
    }
    if (run_(*context, driver_->executor)) {
        const MutexLock lock(mutex_);
        queue_.push_back(std::move(context));
    }
    return true;
}

void Pool::stop() {
    std::list<std::unique_ptr<Thread>> threads;
    std::deque<ContextPtr> dropped;
    {
        const MutexLock lock(mutex_);
        is_stopping_ = true;
        dropped.swap(queue_);
        for (const auto& thread : threads_) thread->called.notify_one();
    }
    for (;;) {
        {
            const MutexLock lock(mutex_);
            threads.splice(threads.end(), threads_);
            threads.splice(threads.end(), ended_);
        }
        if (threads.empty()) return;
        for (const auto& thread : threads) thread->thread.join();
        for (const auto& thread : threads) around_.slots.give_back(thread->index);
        threads.clear();
    }
}

bool Pool::add_executor() {
    if (is_stopping_ || threads_.size() >= options_.executors_max) return false;
    const auto index = around_.slots.take();
    if (!index) return false;
    auto thread = std::make_unique<Thread>(*index, around_.table.at(*index), around_);
    try {
        thread->thread = std::thread([this, self = thread.get()] { run(*self); });
    } catch (const std::system_error& error) {
        around_.slots.give_back(*index);
        log::warning("no further executor could be started",
                     {{"executors", threads_.size()}, {"error", error.what()}});
        return false;
    }
    threads_.push_back(std::move(thread));
    return true;
}

void Pool::grow(std::size_t by) {
    for (; by > 0; --by) {
        if (!idle_.empty()) {
            Thread* thread = idle_.back();
            idle_.pop_back();
            thread->is_called = true;
            thread->called.notify_one();
        } else if (!add_executor()) {
            return;
        }
    }
}

void Pool::wake_for_new_work() {
    if (!is_started_) return;
    if (awake() < options_.executors_min) {
        grow(1);
    } else {
        around_.ticker.hurry();  // All run or block; the ticker finds out which.
    }
}

void Pool::push(ContextPtr context) {
    const MutexLock lock(mutex_);
    if (is_stopping_) return;
    queue_.push_back(std::move(context));
    wake_for_new_work();
}

void Pool::push(std::vector<ContextPtr>& contexts) {
    if (contexts.empty()) return;
    {
        const MutexLock lock(mutex_);
        if (!is_stopping_) {
            for (ContextPtr& context : contexts) queue_.push_back(std::move(context));
            wake_for_new_work();
        }
    }
    contexts.clear();
}

bool Pool::wait_for_work(Thread& thread) {
    thread.is_called = false;
    idle_.push_back(&thread);
    const bool is_called = thread.called.wait_for(
        mutex_, options_.idle, [&]() BERTH_REQUIRES(mutex_) { return thread.is_called || is_stopping_; });
    if (!thread.is_called) idle_.erase(std::find(idle_.begin(), idle_.end(), &thread));
    return is_called || threads_.size() <= options_.executors_min;
}

void Pool::run(Thread& thread) {
    const ExecutorThread here(thread.executor, around_.executors, "berth-executor", options_.has_signal_stacks);
    mutex_.lock();
    while (!is_stopping_) {
        if (queue_.empty()) {
            if (wait_for_work(thread)) continue;
            break;
        }
        ContextPtr context = std::move(queue_.front());
        queue_.pop_front();
        ++taken_;
        ++busy_;
        if (!queue_.empty()) wake_for_new_work();
        mutex_.unlock();

        thread.executor.emission.gather();
        const bool has_more = run_(*context, thread.executor);
        thread.executor.emission.leave();
        if (!has_more) context.reset();  // May be the last to hold it: outside the lock.

        mutex_.lock();
        --busy_;
        if (has_more) queue_.push_back(std::move(context));
    }
    // Whoever stops the pool, or the ticker, joins it.
    const auto self = std::find_if(threads_.begin(), threads_.end(),
                                   [&](const auto& other) { return other.get() == &thread; });
    if (self != threads_.end()) ended_.splice(ended_.end(), threads_, self);
    mutex_.unlock();
}

bool Pool::tick(TimePoint now) {
    std::list<std::unique_ptr<Thread>> ended;
    bool waits = false;
    {
        const MutexLock lock(mutex_);
        if (!is_stopping_) ended.swap(ended_);
        waits = !queue_.empty() && !is_stopping_;
        if (!waits) {
            growth_ = 1;
            window_began_ = {};
            stalled_since_ = now;
        } else if (taken_ != taken_at_tick_) {
            growth_ = 1;
            stalled_since_ = now;
            if (window_began_ == TimePoint{}) {
                window_began_ = now;
                window_cpu_ = cpu_time();
            } else if (now - window_began_ >= window) {
                // Slow progress: with the processors at work more threads would not help; else handlers block.
                const auto used = cpu_time() - window_cpu_;
                const auto cores = static_cast<long>(options_.executors_min);
                if (2 * used < cores * (now - window_began_)) grow(std::max<std::size_t>(1, awake() / 4));
                window_began_ = {};
            }
        } else if (now - stalled_since_ >= stalled_after) {
            grow(std::min(growth_, queue_.size()));
            growth_ *= 2;
            stalled_since_ = now;
        }
        taken_at_tick_ = taken_;
    }
    for (const auto& thread : ended) {
        thread->thread.join();
        around_.slots.give_back(thread->index);
    }
    return waits;
}

Pool::Figures Pool::figures() const {
    const MutexLock lock(mutex_);
    return {.executors = threads_.size(), .busy = busy_, .queued = queue_.size()};
}

}  // namespace berth::host::worker
