// SPDX-License-Identifier: MIT
#include "worker/stack_sample.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>

#include "support/deadline.hpp"
#include "worker/crash_marks.hpp"

namespace berth::host::worker {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t began_ns = 7;

/// A thread that is in the event of a slot until the end of the test.
class InAnEvent {
public:
    explicit InAnEvent(std::function<void(const std::atomic<bool>& is_over)> handler) {
        install_stack_samples();
        thread_ = std::thread([this, handler = std::move(handler)] {
            set_crash_slot(&slot);
            slot.started_ns = began_ns;
            slot.event = static_cast<std::uint32_t>(link::SlotEvent::message);
            slot.thread = static_cast<std::int32_t>(::syscall(SYS_gettid));
            handler(is_over_);
            set_crash_slot(nullptr);
        });
        EXPECT_TRUE(test::eventually([&] { return slot.thread.load() != 0; }));
    }
    ~InAnEvent() {
        is_over_ = true;
        thread_.join();
    }
    InAnEvent(const InAnEvent&) = delete;
    InAnEvent& operator=(const InAnEvent&) = delete;

    link::Slot slot;

private:
    std::atomic<bool> is_over_{false};
    std::thread thread_;
};

void sleeps(const std::atomic<bool>& is_over) {
    while (!is_over) std::this_thread::sleep_for(20ms);
}

TEST(StackSample, of_a_thread_that_sleeps_or_loops_has_its_calls) {
    const InAnEvent sleeper(sleeps);
    EXPECT_GE(sample_stack(sleeper.slot, began_ns, 5s).size(), 3u);
#if !defined(BERTH_SANITIZED)  // A sanitizer that hands signals over when its own code is called never does in a loop.
    const InAnEvent looper([](const std::atomic<bool>& is_over) {
        while (!is_over) continue;
    });
    for (int i = 0; i < 100; ++i) ASSERT_GE(sample_stack(looper.slot, began_ns, 5s).size(), 2u) << i;
#endif
}

TEST(StackSample, is_empty_when_the_event_has_ended) {
    const InAnEvent sleeper(sleeps);
    EXPECT_TRUE(sample_stack(sleeper.slot, began_ns + 1, 100ms).empty());
    const link::Slot nobody;
    EXPECT_TRUE(sample_stack(nobody, began_ns, 100ms).empty());
}

TEST(StackSample, is_empty_when_the_thread_takes_no_signals) {
    std::atomic<bool> is_deaf{false};
    const InAnEvent deaf([&](const std::atomic<bool>& is_over) {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);
        is_deaf = true;
        sleeps(is_over);
    });
    ASSERT_TRUE(test::eventually([&] { return is_deaf.load(); }));
    EXPECT_TRUE(sample_stack(deaf.slot, began_ns, 100ms).empty());
    EXPECT_EQ(describe_stack({}), "");
}

TEST(StackSample, of_a_thread_that_did_not_answer_leaves_the_next_one_alone) {
    const InAnEvent sleeper(sleeps);
    EXPECT_TRUE(sample_stack(sleeper.slot, began_ns + 1, 10ms).empty());
    EXPECT_FALSE(sample_stack(sleeper.slot, began_ns, 5s).empty());
}

}  // namespace
}  // namespace berth::host::worker
