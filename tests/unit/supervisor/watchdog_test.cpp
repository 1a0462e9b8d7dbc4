// SPDX-License-Identifier: MIT
#include "supervisor/watchdog.hpp"

#include <gtest/gtest.h>

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;
using link::SlotEvent;

constexpr EventLimits limits{.client_event = 30s, .global_service = 0ms};

link::SlotTable::Running running(SlotEvent event, std::uint64_t client, std::chrono::nanoseconds started) {
    return {.slot = 4, .event = event, .client = ClientId{client}, .seq = 1, .started_ns = started.count(), .signal = 0, .thread = 1,
            .in_project = true};
}

std::string reason_of(const link::SlotTable::Running& slot, std::chrono::nanoseconds now, const EventLimits& with = limits) {
    const auto overdue = find_overdue({slot}, now.count(), with);
    return overdue ? overdue->reason : "none";
}

TEST(Watchdog, finds_a_clients_event_at_its_limit_and_not_before) {
    EXPECT_EQ(reason_of(running(SlotEvent::message, 12, 100s), 129s), "none");
    EXPECT_EQ(reason_of(running(SlotEvent::message, 12, 100s), 130s), "message of client 12 ran for more than 30 s");
    EXPECT_EQ(find_overdue({running(SlotEvent::message, 12, 100s)}, std::chrono::nanoseconds(130s).count(), limits)->slot, 4u);
}

TEST(Watchdog, counts_from_the_end_of_a_time_in_which_everybody_was_stopped) {
    const auto event = running(SlotEvent::message, 12, 100s);
    const auto asleep_until = std::chrono::nanoseconds(1000s).count();
    EXPECT_FALSE(find_overdue({event}, std::chrono::nanoseconds(1029s).count(), limits, asleep_until));
    EXPECT_TRUE(find_overdue({event}, std::chrono::nanoseconds(1030s).count(), limits, asleep_until));
}

TEST(Watchdog, lets_the_global_service_run_as_long_as_it_likes_unless_it_has_a_limit) {
    EXPECT_EQ(reason_of(running(SlotEvent::global_service, 0, 0s), 10000s), "none");
    EXPECT_EQ(reason_of(running(SlotEvent::global_service, 0, 0s), 60s, {.client_event = 30s, .global_service = 60s}),
              "global_service ran for more than 1 min");
}

TEST(Watchdog, is_off_where_the_limit_is_0) {
    EXPECT_EQ(reason_of(running(SlotEvent::message, 12, 0s), 10000s, {}), "none");
}

TEST(Watchdog, leaves_load_and_stop_to_their_own_limits) {
    for (const auto event : {SlotEvent::load, SlotEvent::stop, SlotEvent::unload}) {
        EXPECT_EQ(reason_of(running(event, 0, 0s), 10000s, {.client_event = 1s, .global_service = 1s}), "none");
    }
}

}  // namespace
}  // namespace berth::host::supervisor
