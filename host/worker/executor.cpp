// SPDX-License-Identifier: MIT
#include "worker/executor.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace berth::host::worker {

void ExecutorList::add(Executor& executor) {
    const MutexLock lock(mutex_);
    executors_.push_back(&executor);
}

void ExecutorList::remove(Executor& executor) {
    const MutexLock lock(mutex_);
    executors_.erase(std::find(executors_.begin(), executors_.end(), &executor));
}

bool ExecutorList::tick(TimePoint now) {
    const MutexLock lock(mutex_);
    bool is_held = false;
    for (Executor* executor : executors_) {
        executor->emission.tick(now);
        is_held = is_held || executor->emission.is_held();
    }
    return is_held;
}

ExecutorThread::ExecutorThread(Executor& executor, ExecutorList& list, const char* name, bool has_signal_stack)
    : executor_(executor), list_(list) {
    if (name != nullptr) ::pthread_setname_np(::pthread_self(), name);
    if (has_signal_stack) stack_ = std::make_unique<SignalStack>();
    executor_.slot.thread.store(static_cast<std::int32_t>(::syscall(SYS_gettid)), std::memory_order_relaxed);
    list_.add(executor_);
}

ExecutorThread::~ExecutorThread() {
    list_.remove(executor_);
    executor_.slot.thread.store(0, std::memory_order_relaxed);
}

}  // namespace berth::host::worker
