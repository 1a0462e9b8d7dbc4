// SPDX-License-Identifier: MIT
#include "supervisor/silence.hpp"

#include <chrono>
#include <utility>

namespace berth::host::supervisor {

bool has_been_asleep(TimePoint due, TimePoint now) { return now - due > std::chrono::seconds(2); }

void Silence::heard(Milliseconds limit, std::function<void()> is_silent) {
    timer_.set(limit, [this, limit, due = timers_.now() + limit, is_silent = std::move(is_silent)]() mutable {
        if (has_been_asleep(due, timers_.now())) return heard(limit, std::move(is_silent));
        is_silent();  // Last: it may destroy this.
    });
}

}  // namespace berth::host::supervisor
