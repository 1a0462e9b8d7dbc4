// SPDX-License-Identifier: MIT
/// Keeps a flood of lines from filling disks and hiding the rest: repeats are counted, not written.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "log/record.hpp"

namespace berth::host::log {

/// Ten lines a second for each key (process, project, message), a hundred for each project. A line that
/// equals the one before it of its key within a second counts as a repeat too. What was held back comes as
/// one record with the field "repeated" when its second is over. Debug lines know only the project's limit
/// (who turns them on wants to see each). What the supervisor itself says at info passes always: nobody but an
/// administrator makes it speak, and the record of his acts must have each of them. Not for two threads at once.
class Limiter {
public:
    using Out = std::function<void(const Record&)>;

    struct Limits {
        std::uint32_t per_key = 10;
        std::uint32_t per_project = 100;
        std::size_t keys_max = 1024;  ///< beyond it, every key is flushed and forgotten
    };

    Limiter() : Limiter(Limits{}) {}
    explicit Limiter(Limits limits) : limits_(limits) {}

    /// Hands on what is to be written: a due count of its key, then the record, or nothing.
    void pass(const Record& record, TimePoint now, const Out& out);
    /// Hands on the counts whose second is over; all of them with `is_last`. Call about once a second.
    void flush(TimePoint now, const Out& out, bool is_last = false);

    /// Records held back since the start.
    [[nodiscard]] std::uint64_t suppressed() const { return suppressed_; }

private:
    struct Key {
        TimePoint second_begun;
        std::uint32_t passed = 0;    ///< in this second
        std::uint64_t repeated = 0;  ///< held back, not yet told
        Record last;                 ///< the newest of them, or the one that passed
    };

    static void tell(Key& key, const Out& out);
    Key& key_of(std::unordered_map<std::string, Key>& keys, const std::string& name, TimePoint now,
                const Out& out);

    const Limits limits_;
    std::unordered_map<std::string, Key> keys_;
    std::unordered_map<std::string, Key> projects_;
    std::uint64_t suppressed_ = 0;
};

}  // namespace berth::host::log
