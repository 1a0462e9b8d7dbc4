// SPDX-License-Identifier: MIT
/// From the host's words to a test's: log lines, values, events.
#pragma once

#include <berth/testing.hpp>

#include <cstdint>

#include "link/slot_table.hpp"
#include "worker/settings.hpp"
#include "worker/value.hpp"

namespace berth::host::testing {

/// Who is told the log lines of one generation. [any thread]
class LogReader {
public:
    virtual ~LogReader() = default;
    virtual void read(TestLogLine line) = 0;
};

/// Lines of that generation go to `reader` from now on; a number that no other host has.
std::uint64_t next_generation(LogReader& reader);
/// Lines that name no generation, such as the database's, go to the reader of the thread's present work.
void forget(std::uint64_t generation);
/// Makes a reader that of this thread, for its scope.
class ReaderOfThread {
public:
    explicit ReaderOfThread(LogReader& reader);
    ~ReaderOfThread();
    ReaderOfThread(const ReaderOfThread&) = delete;
    ReaderOfThread& operator=(const ReaderOfThread&) = delete;

private:
    LogReader* outer_;
};

[[nodiscard]] TestEvent event_of(link::SlotEvent event);
[[nodiscard]] TestValue test_value(const worker::Value& value);
[[nodiscard]] worker::Value worker_value(const TestValue& value);
[[nodiscard]] worker::Setting setting(const std::string& key, const TestValue& value);

}  // namespace berth::host::testing
