// SPDX-License-Identifier: MIT
#include "supervisor/silence.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;

class SilenceTest : public ::testing::Test {
protected:
    void hear() {
        silence.heard(5s, [this] { ++silent; });
    }

    test::FakeTimers timers;
    Silence silence{timers};
    int silent = 0;
};

TEST_F(SilenceTest, is_told_once_when_nothing_was_heard_for_the_limit) {
    hear();
    timers.pass(4s);
    hear();
    timers.pass(4999ms);
    EXPECT_EQ(silent, 0);
    timers.pass(1ms);
    EXPECT_EQ(silent, 1);
    timers.pass(60s);
    EXPECT_EQ(silent, 1);
}

TEST_F(SilenceTest, of_a_time_in_which_nobody_ran_is_forgiven_once) {
    hear();
    timers.sleep_through(30s);
    EXPECT_EQ(silent, 0) << "who looks was stopped, and those whom he watches may have been, too";
    timers.pass(4999ms);
    EXPECT_EQ(silent, 0);
    timers.pass(1ms);
    EXPECT_EQ(silent, 1);
}

TEST_F(SilenceTest, is_nothing_after_cancel) {
    hear();
    silence.cancel();
    timers.pass(60s);
    EXPECT_EQ(silent, 0);
}

}  // namespace
}  // namespace berth::host::supervisor
