// SPDX-License-Identifier: MIT
#include "client/waiter.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

namespace berth::client::inner {

Waker::Waker() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_)
        throw std::system_error(errno, std::generic_category(), "no descriptor to wake the thread by");
}

void Waker::wake() noexcept {
    static_cast<void>(eventfd_write(event_.get(), 1));
}

void Waker::clear() noexcept {
    eventfd_t count = 0;
    static_cast<void>(eventfd_read(event_.get(), &count));
}

int poll_until(std::span<pollfd> descriptors, TimePoint until) {
    for (;;) {
        timespec limit{};
        if (until != never) {
            const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(until - Clock::now());
            if (left.count() > 0) {
                limit.tv_sec = left.count() / 1'000'000'000;
                limit.tv_nsec = left.count() % 1'000'000'000;
            }
        }
        const int ready =
            ppoll(descriptors.data(), descriptors.size(), until == never ? nullptr : &limit, nullptr);
        if (ready >= 0) return ready;
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waiting");
    }
}

void Waiter::give_up() noexcept {
    gave_up_ = true;
    wake();
}

Waiter::Woke Waiter::wait(std::span<pollfd> descriptors_and_one, TimePoint until) {
    pollfd& ours = descriptors_and_one.back();
    ours = {.fd = waker_.fd(), .events = POLLIN, .revents = 0};
    const int ready = poll_until(descriptors_and_one, until);
    const bool was_called = ours.revents != 0;
    if (was_called) waker_.clear();
    if (ready > (was_called ? 1 : 0)) return Woke::ready;
    return was_called ? Woke::called : Woke::deadline;
}

Waiter::Woke Waiter::wait_unless_given_up(std::span<pollfd> descriptors_and_one, TimePoint until) {
    for (;;) {
        const Woke woke = gave_up_ ? Woke::called : wait(descriptors_and_one, until);
        if (woke == Woke::ready) return woke;
        // Whoever waits for the same moment may call as soon as it has come; the time was the reason.
        if (woke == Woke::deadline || Clock::now() >= until) return Woke::deadline;
        if (gave_up_) return Woke::called;
    }
}

}  // namespace berth::client::inner
