// SPDX-License-Identifier: MIT
#include "gateway/transport/poller.hpp"

#include <gtest/gtest.h>

namespace berth::host::transport {
namespace {

// The poller only keeps the address of a connection, so a number will do.
Connection& connection(std::uintptr_t number) {
    return *reinterpret_cast<Connection*>(number * 64);
}

TEST(Poller, finds_a_connection_by_its_token_until_it_leaves) {
    Poller poller = std::move(Poller::create().value());
    const auto one = poller.enter(connection(1));
    const auto two = poller.enter(connection(2));
    EXPECT_EQ(poller.find(one), &connection(1));
    EXPECT_EQ(poller.find(two), &connection(2));

    poller.leave(one);

    EXPECT_EQ(poller.find(one), nullptr);
    EXPECT_EQ(poller.find(two), &connection(2));
    EXPECT_EQ(poller.connections(), std::vector<Connection*>{&connection(2)});
}

TEST(Poller, an_old_token_does_not_find_the_slots_next_tenant) {
    Poller poller = std::move(Poller::create().value());
    const auto old = poller.enter(connection(1));
    poller.leave(old);

    const auto young = poller.enter(connection(2));

    EXPECT_NE(old, young);
    EXPECT_EQ(poller.find(old), nullptr);
    EXPECT_EQ(poller.find(young), &connection(2));
}

}  // namespace
}  // namespace berth::host::transport
