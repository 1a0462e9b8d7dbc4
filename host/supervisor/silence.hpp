// SPDX-License-Identifier: MIT
/// Whether a process still gives signs of life.
#pragma once

#include <functional>

#include "base/timers.hpp"

namespace berth::host::supervisor {

/// Tells a process that says nothing from one that could not be heard: who looks may have been stopped himself, with
/// everybody else (a frozen container, a suspended machine), while the monotonic clock went on.
class Silence {
public:
    explicit Silence(Timers& timers) : timer_(timers), timers_(timers) {}

    /// A sign of life, or the beginning: `is_silent` is called when there is no other within `limit`.
    void heard(Milliseconds limit, std::function<void()> is_silent);
    void cancel() { timer_.cancel(); }

private:
    Timer timer_;
    Timers& timers_;
};

/// Whether something due at `due` and done now comes so late that this process must have been stopped meanwhile.
[[nodiscard]] bool has_been_asleep(TimePoint due, TimePoint now);

}  // namespace berth::host::supervisor
