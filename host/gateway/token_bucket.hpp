// SPDX-License-Identifier: MIT
/// How often something may happen: so many a second on average, so many at once. Pure.
#pragma once

#include <algorithm>
#include <cmath>

#include "base/clock.hpp"

namespace berth::host::gateway {

/// What may happen, in units of whatever is counted.
struct Rate {
    double per_second = 0;
    double at_once = 0;
};

/// A bucket that fills with what happens and leaks at the rate. Nothing runs while nobody asks, and a fresh one is
/// empty, so one that `is_empty` may be forgotten.
class TokenBucket {
public:
    /// Counts `amount` if it fits; else answers false and counts nothing.
    [[nodiscard]] bool take(TimePoint now, const Rate& rate, double amount = 1) {
        leak(now, rate);
        if (level_ + amount > rate.at_once) return false;
        level_ += amount;
        return true;
    }
    /// Counts `amount` whether it fits or not; answers how long to wait until it would have.
    [[nodiscard]] Milliseconds spend(TimePoint now, const Rate& rate, double amount = 1) {
        leak(now, rate);
        level_ += amount;
        const double beyond = level_ - rate.at_once;
        if (beyond <= 0) return Milliseconds::zero();
        return Milliseconds(static_cast<std::int64_t>(std::ceil(beyond / rate.per_second * 1000)));
    }
    /// Whether nothing is left of what happened, as of `now`.
    [[nodiscard]] bool is_empty(TimePoint now, const Rate& rate) {
        leak(now, rate);
        return level_ <= 0;
    }
    /// How full it was when last looked at.
    [[nodiscard]] double level() const { return level_; }

private:
    void leak(TimePoint now, const Rate& rate) {
        if (now <= last_) return;
        level_ = std::max(0.0, level_ - rate.per_second * std::chrono::duration<double>(now - last_).count());
        last_ = now;
    }

    double level_ = 0;
    TimePoint last_{};
};

/// What somebody sends.
struct MessageRates {
    TokenBucket messages, bytes;
};

}  // namespace berth::host::gateway
