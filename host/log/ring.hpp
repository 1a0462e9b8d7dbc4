// SPDX-License-Identifier: MIT
/// The newest records in memory, for `berth logs` and those who follow.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "log/record.hpp"

namespace berth::host::log {

/// Bounded in records and bytes; the oldest go first. Belongs to one thread, which also calls the readers.
class Ring {
public:
    struct Filter {
        std::string project;  ///< empty: all
        Level level = Level::info;
        std::optional<std::int64_t> since_ms;  ///< wall clock

        [[nodiscard]] bool accepts(const Record& record) const;
    };
    using Reader = std::function<void(const Record&)>;
    using ReaderId = std::uint64_t;

    explicit Ring(std::size_t records_max = 10'000, std::size_t bytes_max = 16u << 20)
        : records_max_(records_max), bytes_max_(bytes_max) {}

    /// Keeps the record and calls the readers that accept it.
    void push(const Record& record);

    /// The newest `most` that the filter accepts, oldest first.
    [[nodiscard]] std::vector<Record> last(const Filter& filter, std::size_t most) const;

    /// `reader` is called with every later record that the filter accepts. It may forget itself.
    ReaderId follow(Filter filter, Reader reader);
    void forget(ReaderId id) { readers_.erase(id); }

    [[nodiscard]] std::size_t size() const { return records_.size(); }
    [[nodiscard]] std::size_t readers() const { return readers_.size(); }

private:
    const std::size_t records_max_;
    const std::size_t bytes_max_;
    std::deque<Record> records_;
    std::size_t bytes_ = 0;
    std::map<ReaderId, std::pair<Filter, Reader>> readers_;
    ReaderId next_reader_ = 1;
};

}  // namespace berth::host::log
