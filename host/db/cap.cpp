// SPDX-License-Identifier: MIT
#include "db/cap.hpp"

#include <algorithm>
#include <berth/duration.hpp>
#include <string>
#include <utility>

namespace berth::host::db {

Cap::Slot::Slot(Slot&& other) noexcept : cap_(std::exchange(other.cap_, nullptr)) {}

Cap::Slot& Cap::Slot::operator=(Slot&& other) noexcept {
    if (this != &other) {
        if (cap_ != nullptr) cap_->give_back();
        cap_ = std::exchange(other.cap_, nullptr);
    }
    return *this;
}

Cap::Slot::~Slot() {
    if (cap_ != nullptr) cap_->give_back();
}

Cap::Cap(std::size_t connections_max, Milliseconds wait_max)
    : connections_max_(connections_max), wait_max_(wait_max) {}

Result<Cap::Slot> Cap::acquire() {
    const TimePoint deadline = Clock::now() + wait_max_;
    const MutexLock lock(mutex_);
    if (queue_.empty() && open_ < connections_max_) {
        ++open_;
        return Slot(this);
    }
    const std::uint64_t ticket = next_ticket_++;
    queue_.push_back(ticket);
    const auto is_my_turn = [&]() BERTH_REQUIRES(mutex_) {
        return queue_.front() == ticket && open_ < connections_max_;
    };
    while (!is_my_turn()) {
        if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout && !is_my_turn()) {
            std::erase(queue_, ticket);
            ++refused_;
            changed_.notify_all();  // Who stood behind may be first now.
            return fail(Code::timed_out,
                        "all " + std::to_string(connections_max_) +
                            " database connections of this project stayed in use for " +
                            format_duration(wait_max_.count()) +
                            ": close some by ending their contexts, or raise database.connections");
        }
    }
    queue_.pop_front();
    ++open_;
    ++waited_;
    if (!queue_.empty()) changed_.notify_all();
    return Slot(this);
}

Cap::Figures Cap::figures() const {
    const MutexLock lock(mutex_);
    return {.open = open_, .waiting = queue_.size(), .waited = waited_, .refused = refused_};
}

void Cap::give_back() {
    const MutexLock lock(mutex_);
    --open_;
    changed_.notify_all();
}

}  // namespace berth::host::db
