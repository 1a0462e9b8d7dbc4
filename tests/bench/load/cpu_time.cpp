// SPDX-License-Identifier: MIT
#include "bench/load/cpu_time.hpp"

#include <string>

#include "bench/load/failure.hpp"

namespace berth::bench {

namespace {

std::chrono::nanoseconds read(clockid_t clock) {
    timespec time{};
    if (::clock_gettime(clock, &time) != 0) throw Failure("a process of the server has ended");
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

CpuTime::CpuTime(const std::vector<pid_t>& processes) {
    for (const pid_t process : processes) {
        clockid_t clock{};
        if (::clock_getcpuclockid(process, &clock) != 0)
            throw Failure("there is no process " + std::to_string(process));
        clocks_.push_back(clock);
    }
}

std::vector<std::chrono::nanoseconds> CpuTime::now() const {
    std::vector<std::chrono::nanoseconds> times;
    for (const clockid_t clock : clocks_) times.push_back(read(clock));
    return times;
}

std::chrono::nanoseconds CpuTime::own() {
    return read(CLOCK_PROCESS_CPUTIME_ID);
}

}  // namespace berth::bench
