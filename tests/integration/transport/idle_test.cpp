// SPDX-License-Identifier: MIT
/// One minute of silence, which is longer than every time-out of the library; its own program, for it lasts.
#include <gtest/gtest.h>

#include "integration/transport/server.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;

TEST(IdleConnections, stay_for_a_minute_and_then_still_answer) {
    Server plain({.listeners = one_listener(false)});
    Server tls({.listeners = one_listener(true)});
    Peer over_plain = connected(plain, false);
    Peer over_tls = connected(tls, true);

    std::this_thread::sleep_for(60s);  // The silence is what is tested.

    for (Peer* peer : {&over_plain, &over_tls}) {
        EXPECT_TRUE(peer->send("hello"));
        EXPECT_EQ(peer->receive(5), "hello");
    }
}

}  // namespace
}  // namespace berth::test
