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
    link.port().submit(0, "again");
    EXPECT_EQ(woken, 2);
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
