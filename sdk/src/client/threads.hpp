// SPDX-License-Identifier: MIT
/// Threads that get none of the program's signals.
#pragma once

#include <pthread.h>

#include <csignal>
#include <thread>
#include <utility>

namespace berth::client::inner {

/// Starts a thread with all signals blocked. Throws std::system_error when there is none to be had.
template <class Body>
[[nodiscard]] std::thread start_thread(const char* name, Body&& body) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct Restore {
        sigset_t* mask;
        ~Restore() { pthread_sigmask(SIG_SETMASK, mask, nullptr); }
    } restore{&before};
    std::thread thread{std::forward<Body>(body)};
    pthread_setname_np(thread.native_handle(), name);
    return thread;
}

}  // namespace berth::client::inner
