// SPDX-License-Identifier: MIT
/// Which slot of the table belongs to whom.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "base/mutex.hpp"
#include "link/slot_table.hpp"

namespace berth::host::worker {

/// Slot 0 is the global service's executor; the others are handed out and come back. [any thread]
class Slots {
public:
    static constexpr std::size_t service = 0;

    Slots() {
        for (std::size_t i = link::SlotTable::slots - 1; i > service; --i) free_.push_back(i);
    }
    [[nodiscard]] std::optional<std::size_t> take() BERTH_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        if (free_.empty()) return std::nullopt;
        const std::size_t index = free_.back();
        free_.pop_back();
        return index;
    }
    void give_back(std::size_t index) BERTH_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        free_.push_back(index);
    }

private:
    Mutex mutex_;
    std::vector<std::size_t> free_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::host::worker
