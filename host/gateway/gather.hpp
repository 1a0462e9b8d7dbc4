// SPDX-License-Identifier: MIT
/// Asks every I/O thread and answers once, when the last has answered.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/mutex.hpp"
#include "gateway/io_thread.hpp"

namespace berth::host::gateway {

/// Runs `ask` on each thread, merges what they answer into one `Answer` with `merge(total, part)`, and calls
/// `then(total)` on the thread that answers last.
template <class Answer, class Ask, class Merge>
void gather(std::vector<std::unique_ptr<IoThread>>& threads, Ask ask, Merge merge, std::function<void(Answer)> then) {
    struct State {
        Mutex mutex;
        Answer total{};
        std::size_t missing = 0;
    };
    auto state = std::make_shared<State>();  // Shared by the tasks; the last one to end frees it.
    state->missing = threads.size();
    for (const auto& thread : threads) {
        thread->post([state, ask, merge, then](IoThread& io) {
            Answer part = ask(io);
            bool is_last = false;
            {
                const MutexLock lock(state->mutex);
                merge(state->total, std::move(part));
                is_last = --state->missing == 0;
            }
            if (is_last) then(std::move(state->total));
        });
    }
}

}  // namespace berth::host::gateway
