// SPDX-License-Identifier: MIT
#include "worker/pace.hpp"

namespace berth::host::worker {

void Pace::begin(TimePoint now) {
    if (interval_.count() == 0) return;
    if (is_fresh_) {
        due_ = now;
        is_fresh_ = false;
    }
    if (now > due_) {
        const auto passed = (now - due_) / interval_;
        missed_ += static_cast<std::uint64_t>(passed);
        due_ += passed * interval_;
    }
    due_ += interval_;
}

void Pace::end(TimePoint now) {
    if (interval_.count() == 0) {
        due_ = now;
        return;
    }
    if (due_ >= now) return;
    const auto passed = (now - due_ + interval_ - Clock::duration(1)) / interval_;
    missed_ += static_cast<std::uint64_t>(passed);
    due_ += passed * interval_;
}

}  // namespace berth::host::worker
