// SPDX-License-Identifier: MIT
#include "testing/manual_clock.hpp"

namespace berth::host {
namespace {

thread_local const testing::ManualClock* clock_of_thread = nullptr;
std::atomic<std::int64_t> last_ns{testing::ManualClock::start.count()};

}  // namespace

Clock::time_point Clock::now() noexcept {
    if (clock_of_thread == nullptr) return time_point(std::chrono::nanoseconds(last_ns.load()));
    const time_point now = clock_of_thread->now();
    last_ns.store(now.time_since_epoch().count());
    return now;
}

namespace testing {

ClockOfThread::ClockOfThread(const ManualClock& clock) : outer_(clock_of_thread) { clock_of_thread = &clock; }
ClockOfThread::~ClockOfThread() { clock_of_thread = outer_; }

}  // namespace testing
}  // namespace berth::host
