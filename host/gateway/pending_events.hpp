// SPDX-License-Identifier: MIT
/// Events of one client that the worker has and has not finished: what back-pressure counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/free_memory.hpp"

namespace berth::host::gateway {

/// Numbers events from 1. Acknowledgements come in order. Owns no memory while nothing is pending. [I/O thread]
class PendingEvents {
public:
    /// @return the new event's number
    std::uint64_t add(std::size_t bytes) {
        sizes_.push_back(static_cast<std::uint32_t>(bytes));
        bytes_ += bytes;
        return ++last_;
    }

    /// The event `seq` and all before it are done; answers false for a number that was never given out.
    bool done(std::uint64_t seq) {
        if (seq > last_) return false;
        while (count() != 0 && last_ - count() < seq) bytes_ -= sizes_[first_++];
        if (count() == 0) {
            free_memory(sizes_);
            first_ = 0;
        } else if (first_ >= compact_from && first_ > sizes_.size() / 2) {
            // Who always has something pending must not own what it had pending for ever.
            sizes_.erase(sizes_.begin(), sizes_.begin() + static_cast<std::ptrdiff_t>(first_));
            first_ = 0;
        }
        return true;
    }

    [[nodiscard]] std::size_t count() const { return sizes_.size() - first_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    /// Entries that memory is owned for.
    [[nodiscard]] std::size_t capacity() const { return sizes_.capacity(); }

private:
    static constexpr std::size_t compact_from = 32;

    std::vector<std::uint32_t> sizes_;
    std::size_t first_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t last_ = 0;
};

}  // namespace berth::host::gateway
