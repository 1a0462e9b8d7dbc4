// SPDX-License-Identifier: MIT
#include "supervisor/background.hpp"

#include <csignal>

namespace berth::host::supervisor {

BackgroundThread::BackgroundThread(EventLoop& loop) : loop_(loop) {
    // Signals are the main thread's.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { serve(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

BackgroundThread::~BackgroundThread() {
    {
        const MutexLock lock(mutex_);
        is_ending_ = true;
        jobs_.clear();
    }
    changed_.notify_one();
    thread_.join();
}

void BackgroundThread::run(std::function<void()> work, std::function<void()> then) {
    {
        const MutexLock lock(mutex_);
        jobs_.push_back({std::move(work), std::move(then)});
    }
    changed_.notify_one();
}

void BackgroundThread::serve() {
    while (true) {
        Job job;
        {
            MutexLock lock(mutex_);
            while (jobs_.empty() && !is_ending_) changed_.wait(mutex_);
            if (is_ending_) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        job.work();
        loop_.post(std::move(job.then));
    }
}

}  // namespace berth::host::supervisor
