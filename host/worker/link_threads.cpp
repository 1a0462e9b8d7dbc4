// SPDX-License-Identifier: MIT
#include "worker/link_threads.hpp"

#include <algorithm>
#include <atomic>
#include <deque>

#include "worker/runtime.hpp"

namespace berth::host::worker {

struct LinkThreads::Thread {
    std::vector<ContextPtr> pending;
    std::deque<ContextPtr> running;
    // Inline projects only.
    std::optional<std::size_t> slot;
    std::unique_ptr<Executor> executor;
    std::unique_ptr<ExecutorThread> bound;
};

namespace {

std::atomic<std::uint64_t> last_serial{0};

/// The stack belongs to the thread, whatever workers come and go on it.
void ensure_signal_stack() { thread_local const SignalStack stack; }

}  // namespace

LinkThreads::LinkThreads(Runtime& runtime) : runtime_(runtime), serial_(++last_serial) {}

LinkThreads::~LinkThreads() {
    // The threads may live on and hold their part; what refers to this worker goes now.
    for (const auto& thread : threads_) unbind(*thread);
}

void LinkThreads::unbind(Thread& thread) {
    thread.pending.clear();
    thread.bound.reset();
    thread.executor.reset();
    if (thread.slot) runtime_.slots.give_back(*thread.slot);
    thread.slot.reset();
}

std::shared_ptr<LinkThreads::Thread>& LinkThreads::here() {
    // One thread may serve several workers (isolation "none"), and a worker may have several such threads.
    // Shared, so that an entry of a worker that has gone can be seen (nobody else holds it) and is harmless.
    thread_local std::vector<std::pair<std::uint64_t, std::shared_ptr<Thread>>> known;
    for (auto& [serial, thread] : known) {
        if (serial == serial_) return thread;
    }
    std::erase_if(known, [](const auto& entry) { return entry.second.use_count() == 1; });
    auto thread = std::make_shared<Thread>();
    if (runtime_.project.is(BERTH_PROJECT_INLINE) && !runtime_.settings.is_driven) {
        thread->slot = runtime_.slots.take();
        if (thread->slot) {
            if (runtime_.settings.marks_crashes) ensure_signal_stack();
            thread->executor = std::make_unique<Executor>(runtime_.slot_table.at(*thread->slot), runtime_.outlet,
                                                          runtime_.calls, runtime_.ticker);
            thread->bound =
                std::make_unique<ExecutorThread>(*thread->executor, runtime_.executors, nullptr, false);
        }
    }
    {
        // Those that only this worker holds have ended, with the gateway that they served.
        const MutexLock lock(mutex_);
        std::erase_if(threads_, [this](const auto& old) {
            if (old.use_count() != 1) return false;
            unbind(*old);
            return true;
        });
        threads_.push_back(thread);
    }
    return known.emplace_back(serial_, std::move(thread)).second;
}

void LinkThreads::add(ContextPtr context) { here()->pending.push_back(std::move(context)); }

void LinkThreads::flush() {
    Thread& thread = *here();
    if (thread.pending.empty()) return;
    if (thread.executor) {
        run(thread);
    } else {
        runtime_.pool.push(thread.pending);
    }
}

void LinkThreads::run(Thread& thread) {
    thread.running.insert(thread.running.end(), std::make_move_iterator(thread.pending.begin()),
                          std::make_move_iterator(thread.pending.end()));
    thread.pending.clear();
    thread.executor->emission.gather();
    while (!thread.running.empty()) {
        ContextPtr context = std::move(thread.running.front());
        thread.running.pop_front();
        if (runtime_.events.run_batch(*context, *thread.executor)) thread.running.push_back(std::move(context));
    }
    thread.executor->emission.leave();
}

}  // namespace berth::host::worker
