// SPDX-License-Identifier: MIT
/// What happened between two moments.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/cpu_time.hpp"
#include "bench/load/histogram.hpp"

namespace berth::bench {

struct Figures {
    std::uint64_t operations = 0;
    std::chrono::nanoseconds time{};
    std::vector<std::chrono::nanoseconds> server_cpu;  ///< one a process
    std::chrono::nanoseconds own_cpu{};
    std::uint64_t p50_ns = 0, p99_ns = 0, p999_ns = 0;

    /// One line of JSON.
    [[nodiscard]] std::string json() const;
};

/// A window in which operations are counted; outside of it they are not.
class Measurement {
public:
    explicit Measurement(const std::vector<pid_t>& servers) : servers_(servers) {}

    void begin();
    Figures end();

    void count(std::uint64_t operations) noexcept { operations_ += operations; }
    void latency(std::uint64_t ns) noexcept { latencies_.add(ns); }

private:
    CpuTime servers_;
    Histogram latencies_;
    std::uint64_t operations_ = 0;
    std::chrono::steady_clock::time_point began_;
    std::vector<std::chrono::nanoseconds> server_cpu_;
    std::chrono::nanoseconds own_cpu_{};
};

}  // namespace berth::bench
