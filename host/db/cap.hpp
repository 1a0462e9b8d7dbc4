// SPDX-License-Identifier: MIT
/// The cap on a project's open database connections, with a queue in order of arrival.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"

namespace berth::host::db {

/// Hands out at most so many slots; who finds none waits up to the busy time-out (DECISIONS §2).
/// Outlives its slots. [any thread]
class Cap {
public:
    /// The right to hold one connection; given back when destroyed.
    class Slot {
    public:
        Slot() = default;
        Slot(Slot&& other) noexcept;
        Slot& operator=(Slot&& other) noexcept;
        ~Slot();

    private:
        friend class Cap;
        explicit Slot(Cap* cap) : cap_(cap) {}
        Cap* cap_ = nullptr;
    };

    struct Figures {
        std::size_t open = 0;
        std::size_t waiting = 0;
        std::uint64_t waited = 0;   ///< acquired after a wait, so far
        std::uint64_t refused = 0;  ///< gave up, so far
    };

    Cap(std::size_t connections_max, Milliseconds wait_max);
    Cap(const Cap&) = delete;
    Cap& operator=(const Cap&) = delete;

    /// Blocks up to the time-out; then Code::timed_out with a sentence.
    [[nodiscard]] Result<Slot> acquire() BERTH_EXCLUDES(mutex_);
    [[nodiscard]] Figures figures() const BERTH_EXCLUDES(mutex_);

private:
    void give_back() BERTH_EXCLUDES(mutex_);

    const std::size_t connections_max_;
    const Milliseconds wait_max_;
    mutable Mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::uint64_t> queue_ BERTH_GUARDED_BY(mutex_);
    std::uint64_t next_ticket_ BERTH_GUARDED_BY(mutex_) = 0;
    std::size_t open_ BERTH_GUARDED_BY(mutex_) = 0;
    std::uint64_t waited_ BERTH_GUARDED_BY(mutex_) = 0;
    std::uint64_t refused_ BERTH_GUARDED_BY(mutex_) = 0;
};

}  // namespace berth::host::db
