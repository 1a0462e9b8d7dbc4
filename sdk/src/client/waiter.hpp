// SPDX-License-Identifier: MIT
/// How a connection's thread waits: for descriptors, for a time, for other threads.
#pragma once

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <span>

#include "client/clock.hpp"
#include "client/descriptor.hpp"

namespace berth::client::inner {

/// An eventfd that makes poll return.
class Waker {
public:
    /// Throws std::system_error when there is no descriptor to be had.
    Waker();

    void wake() noexcept;   ///< [any thread]
    void clear() noexcept;  ///< the thread that waits
    [[nodiscard]] int fd() const noexcept { return event_.get(); }
    void close() noexcept { event_.close(); }

private:
    Descriptor event_;
};

/// poll(2) to the nanosecond: answers how many are ready, 0 when `until` came first. Signals do not end it.
/// Throws std::system_error when the system does not let us wait.
int poll_until(std::span<pollfd> descriptors, TimePoint until);

/// One thread waits, any thread calls it.
class Waiter {
public:
    enum class Woke : std::uint8_t {
        ready,     ///< a descriptor
        deadline,  ///< the time came first
        called     ///< neither: somebody called `wake` or `give_up`
    };

    void wake() noexcept { waker_.wake(); }  ///< [any thread] ends a wait, or the next one

    /// [any thread] Whoever is connecting, or waits to do so again, is to stop.
    void give_up() noexcept;
    [[nodiscard]] bool gave_up() const noexcept { return gave_up_; }

    /// Waits, and fills in `revents`. The last element of the span is the waiter's own.
    /// Throws as `poll_until` does.
    Woke wait(std::span<pollfd> descriptors_and_one, TimePoint until);

    /// Waits as `wait` does, but only `give_up` ends it early, before or meanwhile; answers `called` then.
    Woke wait_unless_given_up(std::span<pollfd> descriptors_and_one, TimePoint until);

    /// Closes the descriptor, in a child after fork.
    void close() noexcept { waker_.close(); }

private:
    Waker waker_;
    std::atomic<bool> gave_up_ = false;
};

}  // namespace berth::client::inner
