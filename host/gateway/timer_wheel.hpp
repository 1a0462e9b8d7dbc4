// SPDX-License-Identifier: MIT
/// Many coarse timers of one thread: starting and stopping cost the same whatever their number.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"

namespace berth::host::gateway {

class TimerWheel;

/// One timer, a member of the thing it wakes. Stops itself when destroyed.
class Timer {
public:
    Timer() = default;
    virtual ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    [[nodiscard]] bool is_running() const { return next_ != nullptr; }
    [[nodiscard]] TimePoint due() const { return due_; }  ///< of one that runs
    void stop();

protected:
    /// Called once when due, already stopped; may start or destroy any timer, itself included.
    virtual void on_timer() = 0;

private:
    friend class TimerWheel;
    void unlink();

    Timer* previous_ = nullptr;
    Timer* next_ = nullptr;
    TimePoint due_{};
};

/// A hashed wheel: a ring of slots, one per tick; a timer beyond the ring's horizon stays in its slot for
/// further rounds. A timer fires at its time or up to one tick later, never earlier.
class TimerWheel {
public:
    static constexpr Milliseconds tick{50};

    explicit TimerWheel(TimePoint now);
    ~TimerWheel();
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    /// Starts a timer, or moves one that runs.
    void start(Timer& timer, TimePoint due);
    /// Fires what is due. To be called at least once a tick while timers run.
    void advance(TimePoint now);

private:
    static constexpr std::size_t slots = 1024;

    /// The head of a slot's ring of timers.
    struct Head final : Timer {
        void on_timer() override {}
    };
    [[nodiscard]] std::uint64_t tick_of(TimePoint time) const;
    static void link(Head& head, Timer& timer);

    std::array<Head, slots> ring_;
    TimePoint start_;
    std::uint64_t current_ = 0;  ///< the next tick to look at
};

}  // namespace berth::host::gateway
