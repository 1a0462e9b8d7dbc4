// SPDX-License-Identifier: MIT
#include "link/direct_link.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace berth::host::link {

TEST(DirectLane, wakes_at_once_when_actions_wait_already) {
    DirectLink link(1);
    link.port().submit(0, "records");
    int woken = 0;

    link.lane(0)->set_wake([&] { ++woken; });

    EXPECT_EQ(woken, 1);
    link.port().submit(0, "more");
    EXPECT_EQ(woken, 1) << "once until they are taken";
    std::string taken;
    link.lane(0)->take_actions(taken);
    EXPECT_EQ(taken, "recordsmore");
    std::thread([&] { link.port().submit(0, "again"); }).join();
    EXPECT_EQ(woken, 2);
}

TEST(DirectLane, does_not_wake_the_thread_that_takes_for_what_it_submits_itself) {
    DirectLink link(1);
    int woken = 0;
    link.lane(0)->set_wake([&] { ++woken; });

    link.port().submit(0, "records");

    EXPECT_EQ(woken, 0);
    std::string taken;
    link.lane(0)->take_actions(taken);
    EXPECT_EQ(taken, "records");
}

TEST(DirectLane, takes_a_buffer_over_and_gives_an_empty_one_back) {
    DirectLink link(1);
    std::string first(100, 'a'), second(100, 'b');

    link.port().submit_buffer(0, first);
    link.port().submit_buffer(0, second);

    EXPECT_TRUE(first.empty());
    EXPECT_TRUE(second.empty());
    std::string taken;
    link.lane(0)->take_actions(taken);
    EXPECT_EQ(taken, std::string(100, 'a') + std::string(100, 'b'));
}

TEST(DirectLane, whose_gateway_comes_while_its_worker_speaks_is_woken) {
    for (int round = 0; round < 100; ++round) {
        DirectLink link(1);
        std::atomic<int> woken{0};
        std::thread worker([&] { link.port().submit(0, "records"); });

        link.lane(0)->set_wake([&] { ++woken; });

        worker.join();
        EXPECT_EQ(woken.load(), 1);
    }
}

}  // namespace berth::host::link
