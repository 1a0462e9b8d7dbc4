// SPDX-License-Identifier: MIT
/// How much memory the gateway holds for its clients, over all I/O threads, and what follows from it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace berth::host::gateway {

/// Each I/O thread reports what it holds several times a second; the sum decides for all of them (RELIABILITY §4.1,
/// overload). Counted are buffers and an estimate for each connection, since what the allocator keeps says nothing.
/// [any thread]
class MemoryWatch {
public:
    /// What is done, each step with those before it.
    enum class Step : std::uint8_t {
        none,
        refuse,       ///< from 75 % of the limit on newcomers are refused
        shed,         ///< from 85 % on those are closed for whom most is held, as far as that helps at once; nobody is read
                      ///< whose events are kept for the next worker, and where that would never end, those who take most go
        stop_reading  ///< from 95 % on nobody is read; those are closed who take most in any way
    };

    /// @param limit bytes; 0: no limit
    MemoryWatch(std::uint64_t limit, std::size_t threads) : limit_(limit), held_(threads) {}

    void report(std::size_t thread, std::uint64_t bytes) { held_[thread].store(bytes, std::memory_order_relaxed); }
    void set_limit(std::uint64_t limit) { limit_.store(limit, std::memory_order_relaxed); }

    [[nodiscard]] std::uint64_t limit() const { return limit_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t bytes() const {
        std::uint64_t sum = 0;
        for (const auto& held : held_) sum += held.load(std::memory_order_relaxed);
        return sum;
    }
    [[nodiscard]] Step step() const { return step_without(0); }
    /// Which it will be when that many bytes have gone.
    [[nodiscard]] Step step_without(std::uint64_t going) const {
        const std::uint64_t most = limit(), all = most == 0 ? 0 : bytes();
        const std::uint64_t now = all - std::min(all, going);
        if (now < share(most, 75) || most == 0) return Step::none;
        if (now < share(most, 85)) return Step::refuse;
        return now < share(most, 95) ? Step::shed : Step::stop_reading;
    }
    /// What a thread that holds `own` should let go of, so that all together come below the first step.
    [[nodiscard]] std::uint64_t excess_of(std::uint64_t own) const {
        const std::uint64_t all = bytes(), wanted = share(limit(), 75);
        if (all <= wanted || all == 0) return 0;
        return static_cast<std::uint64_t>(static_cast<double>(all - wanted) * static_cast<double>(own) / static_cast<double>(all)) + 1;
    }

private:
    static std::uint64_t share(std::uint64_t limit, std::uint64_t percent) { return limit / 100 * percent; }

    std::atomic<std::uint64_t> limit_;
    std::vector<std::atomic<std::uint64_t>> held_;
};

}  // namespace berth::host::gateway
