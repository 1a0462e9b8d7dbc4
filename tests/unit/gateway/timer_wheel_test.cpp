// SPDX-License-Identifier: MIT
#include "gateway/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

namespace berth::host::gateway {
namespace {

struct Alarm final : Timer {
    std::function<void()> ring;
    void on_timer() override { ring(); }
};

const TimePoint start{};
TimePoint at(int ms) { return start + Milliseconds(ms); }

}  // namespace

TEST(TimerWheel, fires_at_its_time_or_within_a_tick_and_never_before) {
    TimerWheel wheel(start);
    int rung = 0;
    Alarm alarm;
    alarm.ring = [&] { ++rung; };
    wheel.start(alarm, at(1010));

    wheel.advance(at(1000));
    EXPECT_EQ(rung, 0);
    wheel.advance(at(1009));
    EXPECT_EQ(rung, 0);
    wheel.advance(at(1060));
    EXPECT_EQ(rung, 1);
    EXPECT_FALSE(alarm.is_running());
}

TEST(TimerWheel, keeps_a_timer_beyond_its_horizon_for_further_rounds) {
    TimerWheel wheel(start);
    int rung = 0;
    Alarm alarm;
    alarm.ring = [&] { ++rung; };
    wheel.start(alarm, at(200'000));

    for (int ms = 0; ms < 200'000; ms += 50) wheel.advance(at(ms));
    EXPECT_EQ(rung, 0);
    wheel.advance(at(200'050));
    EXPECT_EQ(rung, 1);
}

TEST(TimerWheel, survives_a_sleep_longer_than_its_ring) {
    TimerWheel wheel(start);
    int rung = 0;
    std::vector<std::unique_ptr<Alarm>> alarms;
    for (int i = 0; i < 500; ++i) {
        alarms.push_back(std::make_unique<Alarm>());
        alarms.back()->ring = [&] { ++rung; };
        wheel.start(*alarms.back(), at(i * 100));
    }

    wheel.advance(at(1'000'000));

    EXPECT_EQ(rung, 500);
}

TEST(TimerWheel, does_not_fire_what_was_stopped_or_destroyed) {
    TimerWheel wheel(start);
    int rung = 0;
    Alarm stopped;
    stopped.ring = [&] { ++rung; };
    wheel.start(stopped, at(100));
    {
        Alarm destroyed;
        destroyed.ring = [&] { ++rung; };
        wheel.start(destroyed, at(100));
    }
    stopped.stop();

    wheel.advance(at(1000));

    EXPECT_EQ(rung, 0);
}

TEST(TimerWheel, lets_a_timer_start_itself_and_destroy_others_while_it_fires) {
    TimerWheel wheel(start);
    int rung = 0;
    auto other = std::make_unique<Alarm>();
    other->ring = [&] { rung += 100; };
    Alarm again;
    again.ring = [&] {
        ++rung;
        other.reset();
        wheel.start(again, at(0));
    };
    wheel.start(again, at(100));
    wheel.start(*other, at(100));

    wheel.advance(at(100));
    EXPECT_EQ(rung, 1);
    wheel.advance(at(150));
    EXPECT_EQ(rung, 2);
}

TEST(TimerWheel, moves_a_running_timer) {
    TimerWheel wheel(start);
    int rung = 0;
    Alarm alarm;
    alarm.ring = [&] { ++rung; };
    wheel.start(alarm, at(100));
    wheel.start(alarm, at(500));

    wheel.advance(at(400));
    EXPECT_EQ(rung, 0);
    wheel.advance(at(550));
    EXPECT_EQ(rung, 1);
}

}  // namespace berth::host::gateway
