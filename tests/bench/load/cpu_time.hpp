// SPDX-License-Identifier: MIT
/// CPU time of other processes, all threads, in nanoseconds as the scheduler counts it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <ctime>
#include <vector>

namespace berth::bench {

class CpuTime {
public:
    /// Throws Failure when one of them does not exist.
    explicit CpuTime(const std::vector<pid_t>& processes);

    /// One figure a process, in their order. Throws Failure when one has ended.
    [[nodiscard]] std::vector<std::chrono::nanoseconds> now() const;
    /// That of this process.
    [[nodiscard]] static std::chrono::nanoseconds own();

private:
    std::vector<clockid_t> clocks_;
};

}  // namespace berth::bench
