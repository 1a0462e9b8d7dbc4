// SPDX-License-Identifier: MIT
#include "gateway/timer_wheel.hpp"

namespace berth::host::gateway {

Timer::~Timer() { stop(); }

void Timer::stop() {
    if (is_running()) unlink();
}

void Timer::unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
}

TimerWheel::TimerWheel(TimePoint now) : start_(now) {
    for (Head& head : ring_) head.previous_ = head.next_ = &head;
}

TimerWheel::~TimerWheel() {
    for (Head& head : ring_) {
        while (head.next_ != &head) head.next_->unlink();
        head.previous_ = head.next_ = nullptr;
    }
}

std::uint64_t TimerWheel::tick_of(TimePoint time) const {
    if (time <= start_) return 0;
    // Rounded up: a timer in the slot of tick n is due when n begins.
    return static_cast<std::uint64_t>((time - start_ + tick - Clock::duration(1)) / tick);
}

void TimerWheel::link(Head& head, Timer& timer) {
    timer.previous_ = head.previous_;
    timer.next_ = &head;
    head.previous_->next_ = &timer;
    head.previous_ = &timer;
}

void TimerWheel::start(Timer& timer, TimePoint due) {
    timer.stop();
    timer.due_ = due;
    // What is due already waits for the next tick, so that a timer that starts itself anew cannot spin.
    std::uint64_t at = tick_of(due);
    if (at < current_) at = current_;
    link(ring_[at % slots], timer);
}

void TimerWheel::advance(TimePoint now) {
    if (now < start_) return;
    const auto reached = static_cast<std::uint64_t>((now - start_) / tick);
    // After a long sleep one round over the ring sees every timer.
    if (reached >= current_ + slots) current_ = reached - slots + 1;
    while (current_ <= reached) {
        Head& head = ring_[current_ % slots];
        // Moved to a list of its own: what fires may start timers in this very slot.
        Head due;
        due.previous_ = due.next_ = &due;
        if (head.next_ != &head) {
            due.next_ = head.next_;
            due.previous_ = head.previous_;
            due.next_->previous_ = &due;
            due.previous_->next_ = &due;
            head.previous_ = head.next_ = &head;
        }
        ++current_;
        while (due.next_ != &due) {
            Timer& timer = *due.next_;
            timer.unlink();
            if (timer.due_ <= now) {
                timer.on_timer();
            } else {
                start(timer, timer.due_);
            }
        }
        due.previous_ = due.next_ = nullptr;
    }
}

}  // namespace berth::host::gateway
