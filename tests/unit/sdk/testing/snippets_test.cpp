// SPDX-License-Identifier: MIT
// The snippets of the SDK's README about testing: each marked part is quoted there word for word.
#include <gtest/gtest.h>

#include <berth/testing.hpp>
#include <chrono>

#include "hello.cpp"

TEST(TestingSnippets, a_conversation) {
    // [testing]
    auto host = berth::TestHost::of<Hello>();  // a built library: berth::TestHost host("build/hello.so")
    auto ana = host.connect("/hello?room=lobby"), ben = host.connect();
    EXPECT_EQ(ana.hears(), "hello from /hello");
    ana.says("hi");  // everything that follows from it has run when this returns
    EXPECT_EQ(ana.hears(), "hi");

    host.advance("20 s");  // takes no time
    EXPECT_EQ(ana.hears(), "2 here");

    ana.leaves();
    EXPECT_EQ(ana.closed()->code, 1000);
    EXPECT_TRUE(host.logged("said 1 things"));
    // [end]
}

TEST(TestingSnippets, faults) {
    auto host = berth::TestHost::of<Hello>();
    auto ana = host.connect(), ben = host.connect();

    // [faults]
    ana.stops_reading();  // a slow client: its backlog grows up to the limit
    ben.fill_backlog();   // no message fits any more
    {
        const auto lock = host.lock_database();                           // somebody else writes
        host.takes(berth::TestEvent::global_service, std::chrono::seconds{45});  // the next run overstays
        host.advance("1 min");
    }
    host.crash(berth::TestEvent::message);  // instead of the next message: globals lost, 1011 and 1012, loaded afresh
    ana.says("boom");
    EXPECT_EQ(ana.closed()->code, 1011);
    // [end]
    EXPECT_EQ(host.service().missed, 0u) << "of the new process";
}
