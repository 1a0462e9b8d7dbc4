// SPDX-License-Identifier: MIT
#include "worker/ticker.hpp"

#include <pthread.h>

#include <utility>

namespace berth::host::worker {
namespace {

constexpr Milliseconds slow{10};
/// Idle rounds before it sleeps, so that a client now and then costs no wake-up.
constexpr int idle_rounds = 100;

}  // namespace

void Ticker::start() { thread_ = std::thread([this] { run(); }); }

void Ticker::stop() {
    {
        const MutexLock lock(mutex_);
        is_stopping_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

void Ticker::wake_slowly() {
    const MutexLock lock(mutex_);
    is_woken_ = true;
    changed_.notify_all();
}

void Ticker::hurry() {
    if (!is_fast_.load(std::memory_order_relaxed)) wake_slowly();
}

void Ticker::run() {
    ::pthread_setname_np(::pthread_self(), "berth-ticker");
    for (int idle_for = 0;;) {
        Milliseconds wait = tick_(Clock::now());
        idle_for = wait == idle ? idle_for + 1 : 0;
        bool sleeps = false;
        if (idle_for > idle_rounds) {
            is_asleep_.store(true, std::memory_order_seq_cst);
            wait = tick_(Clock::now());  // What began before it was seen asleep does not wake it.
            sleeps = wait == idle;
        }
        if (wait == idle) wait = slow;
        is_fast_.store(wait < slow, std::memory_order_relaxed);

        const MutexLock lock(mutex_);
        const auto is_called = [this]() BERTH_REQUIRES(mutex_) { return is_woken_ || is_stopping_; };
        if (sleeps) {
            changed_.wait(mutex_, is_called);
        } else {
            changed_.wait_for(mutex_, wait, is_called);
        }
        is_asleep_.store(false, std::memory_order_seq_cst);
        if (std::exchange(is_woken_, false)) idle_for = 0;
        if (is_stopping_) return;
    }
}

}  // namespace berth::host::worker
