// SPDX-License-Identifier: MIT
/// A moment by which something must have happened; tests wait for conditions, never for times.
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace berth::test {

#if defined(BERTH_SANITIZED)
inline constexpr int patience = 6;  ///< sanitized programs are slower; every time limit is multiplied
#else
inline constexpr int patience = 1;
#endif

/// A point on the monotonic clock, `patience` times as far away as asked for.
class Deadline {
public:
    explicit Deadline(std::chrono::milliseconds in) : at_(std::chrono::steady_clock::now() + in * patience) {}

    /// The default for a single step of a scenario: 10 s.
    static Deadline usual() { return Deadline{std::chrono::seconds{10}}; }

    [[nodiscard]] bool passed() const { return std::chrono::steady_clock::now() >= at_; }

    /// Milliseconds left, at least 0; fit for poll().
    [[nodiscard]] int left_ms() const {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
        return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
    }

private:
    std::chrono::steady_clock::time_point at_;
};

/// Asks again and again until the condition holds; false when the deadline passed first.
template <class Condition>
[[nodiscard]] bool eventually(Condition&& condition, Deadline deadline = Deadline::usual(),
                              std::chrono::milliseconds between = std::chrono::milliseconds{10}) {
    for (;;) {
        if (condition()) return true;
        if (deadline.passed()) return false;
        std::this_thread::sleep_for(between);
    }
}

}  // namespace berth::test
