// SPDX-License-Identifier: MIT
/// What waits in one worker for its handlers, of all its clients together: bounded, as each client's part of it is.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace berth::host::gateway {

/// The sum over all I/O threads. [any thread]
struct InboxTotal {
    std::atomic<std::uint64_t> bytes{0};
};

/// One I/O thread's part of it. A message costs it an addition; what it counts is told to the other threads once it has handed
/// its events over, so that all together may pass the bound by what the threads read in one turn. [I/O thread]
class InboxShare {
public:
    InboxShare() = default;
    InboxShare(const InboxShare&) = delete;
    InboxShare& operator=(const InboxShare&) = delete;
    ~InboxShare() { join(nullptr); }

    /// From now on it is a part of `total`; null: of nothing.
    void join(std::shared_ptr<InboxTotal> total) {
        if (total_) total_->bytes.fetch_sub(told_, std::memory_order_relaxed);
        told_ = 0;
        total_ = std::move(total);
    }

    void add(std::uint64_t bytes) {
        own_ += bytes;
        is_full_ = is_full_ || own_ + others_ >= limit_;
    }
    void remove(std::uint64_t bytes) { own_ -= bytes; }

    /// Tells the others what came and went here, hears it of them, and decides anew. From `limit` on it is full until a quarter
    /// of it is free again.
    void exchange(std::uint64_t limit) {
        limit_ = limit;
        if (total_) {
            // Unsigned, so that what went is a sum that wraps around.
            const std::uint64_t change = own_ - std::exchange(told_, own_);
            others_ = (change == 0 ? total_->bytes.load(std::memory_order_relaxed)
                                   : total_->bytes.fetch_add(change, std::memory_order_relaxed) + change) - own_;
        }
        const std::uint64_t all = own_ + others_;
        is_full_ = all >= limit_ || (is_full_ && all > limit_ - limit_ / 4);
    }

    /// Whether no client of the worker is to be read.
    [[nodiscard]] bool is_full() const { return is_full_; }
    /// Of this thread's clients.
    [[nodiscard]] std::uint64_t bytes() const { return own_; }

private:
    std::shared_ptr<InboxTotal> total_;  ///< shared with the other threads' parts
    std::uint64_t own_ = 0;
    std::uint64_t told_ = 0;
    std::uint64_t others_ = 0;  ///< as of the last exchange
    std::uint64_t limit_ = UINT64_MAX;
    bool is_full_ = false;
};

}  // namespace berth::host::gateway
