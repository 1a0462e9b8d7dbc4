// SPDX-License-Identifier: MIT
/// A thread that runs events: its slot, and what its handler has sent.
#pragma once

#include <memory>
#include <vector>

#include "base/mutex.hpp"
#include "link/slot_table.hpp"
#include "worker/crash_marks.hpp"
#include "worker/emission.hpp"

namespace berth::host::worker {

struct Executor {
    Executor(link::Slot& its_slot, Outlet& outlet, PostSink& posts, Ticker& ticker)
        : slot(its_slot), emission(outlet, posts, ticker) {}

    link::Slot& slot;
    Emission emission;
    TimePoint last_begin{};  ///< of its last marked event
    TimePoint last_end{};  ///< of its last event; spares a look at the clock
    bool follows_at_once = false;  ///< the next event begins when the last one ended: nothing but the host's own was between
    TimePoint marked_at{};  ///< when the event began that its slot is marked for; taken by the first call in it
    std::unique_ptr<char[]> state_buffer{};  ///< for `save`, from the first one on
};

/// The executors that exist, for the ticker. An executor is here from before its first event until after its
/// last. [any thread]
class ExecutorList {
public:
    void add(Executor& executor) BERTH_EXCLUDES(mutex_);
    void remove(Executor& executor) BERTH_EXCLUDES(mutex_);
    /// Lets what has been held for long enough leave; answers whether anything is still held.
    bool tick(TimePoint now) BERTH_EXCLUDES(mutex_);

private:
    Mutex mutex_;
    std::vector<Executor*> executors_ BERTH_GUARDED_BY(mutex_);
};

/// Makes the calling thread that of an executor, for its scope: its name, its slot's thread, and a signal
/// stack where crashes are marked.
class ExecutorThread {
public:
    ExecutorThread(Executor& executor, ExecutorList& list, const char* name, bool has_signal_stack);
    ~ExecutorThread();
    ExecutorThread(const ExecutorThread&) = delete;
    ExecutorThread& operator=(const ExecutorThread&) = delete;

private:
    Executor& executor_;
    ExecutorList& list_;
    std::unique_ptr<SignalStack> stack_;
};

}  // namespace berth::host::worker
