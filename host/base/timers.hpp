// SPDX-License-Identifier: MIT
/// One-shot timers on the monotonic clock; an interface, so that tests own the clock.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "base/clock.hpp"

namespace berth::host {

/// Belongs to one thread; callbacks run on it, never from within `after` or `cancel`.
class Timers {
public:
    /// Names one timer; 0 names none. Never reused.
    using Id = std::uint64_t;

    virtual ~Timers() = default;

    [[nodiscard]] virtual TimePoint now() const = 0;
    /// Runs `callback` once when `delay` has passed.
    [[nodiscard]] virtual Id after(Milliseconds delay, std::function<void()> callback) = 0;
    /// Does nothing when the timer has fired or was cancelled.
    virtual void cancel(Id id) = 0;
};

/// A timer that ends with its owner. Setting it again replaces what it waited for.
class Timer {
public:
    explicit Timer(Timers& timers) : timers_(timers) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { cancel(); }

    void set(Milliseconds delay, std::function<void()> callback) {
        cancel();
        id_ = timers_.after(delay, [this, run = std::move(callback)] {
            id_ = 0;
            run();  // Last: it may destroy this timer.
        });
    }
    void cancel() {
        if (id_ != 0) timers_.cancel(std::exchange(id_, 0));
    }
    [[nodiscard]] bool is_set() const { return id_ != 0; }

private:
    Timers& timers_;
    Timers::Id id_ = 0;
};

}  // namespace berth::host
