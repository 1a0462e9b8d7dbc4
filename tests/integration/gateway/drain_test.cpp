// SPDX-License-Identifier: MIT
// Clients are sent away over a while.
#include <memory>
#include <vector>

#include "integration/gateway/gateway_fixture.hpp"

namespace berth::host::gateway::testing {

using namespace std::chrono_literals;
using test::RawClient;
using test::WsClient;

class Draining : public GatewayTest {
protected:
    void come(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) crowd.push_back(std::make_unique<WsClient>(endpoint, "/p"));
    }
    void drain(Milliseconds over, const std::string& project = "p") {
        gateway->drain(project, {.close = {1001, link::Cause::administrator, "away", 7}, .over = over});
    }
    /// Connected now.
    std::uint64_t left() { return figures().projects["p"].clients; }
    void wait_for(std::uint64_t count) {
        EXPECT_TRUE(test::eventually([&] { return left() == count; }, test::Deadline{60s}));
    }

    std::vector<std::unique_ptr<WsClient>> crowd;
};

TEST_F(Draining, closes_clients_one_after_the_other_with_the_hint_in_the_reason) {
    start();
    come(20);
    constexpr Milliseconds over = 1500ms;
    const auto begun = Clock::now();

    drain(over);

    // A late look sees fewer than there were, a slow gateway leaves more than it should: neither looks as if it were early.
    EXPECT_TRUE(test::eventually([&] {
        const std::uint64_t here = left();
        const auto elapsed = std::chrono::ceil<Milliseconds>(Clock::now() - begun);
        EXPECT_GE(here + 2, drain_left(crowd.size(), elapsed, over, 0)) << "after " << elapsed.count() << " ms";
        return here == 0;
    }, test::Deadline{60s}));
    for (const auto& client : crowd) {
        const auto closed = client->closed();
        EXPECT_EQ(closed.code, 1001u);
        EXPECT_EQ(closed.reason, "away; retry-after=7");
    }
    EXPECT_EQ(figures().projects["p"].closes[1001], 20u);
    EXPECT_NE(worker.heard("closed "), "");
}

TEST_F(Draining, without_time_is_at_once) {
    start();
    come(20);
    drain(0ms);
    wait_for(0);
}

TEST_F(Draining, ends_when_it_is_ended_and_who_is_left_stays) {
    start();
    come(20);
    drain(1h);
    gateway->end_drain("p");
    drain(60s);
    ASSERT_TRUE(test::eventually([&] { return left() < 20; }, test::Deadline{60s}));

    gateway->end_drain("p");

    settle();
    std::uint64_t open = 0;
    for (const auto& client : crowd) {
        client->says("hi");
        if (client->hears() == "hi") ++open;
    }
    EXPECT_GT(open, 0u);
    EXPECT_LT(open, 20u);
    wait_for(open);
}

TEST_F(Draining, of_all_reaches_every_project_and_of_one_no_other) {
    start();
    come(4);
    drain(0ms, "another");
    settle();
    EXPECT_EQ(left(), 4u);

    drain(0ms, "");

    wait_for(0);
}

TEST_F(Draining, refuses_newcomers_with_503_and_says_when_to_come_again) {
    start();
    rules.state = ProjectState::draining;
    rules.retry_after_s = 9;
    gateway->set_project(rules, 1, std::vector<UniqueFd>{});

    const auto reply = RawClient(endpoint).ask("/p");

    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.header("Retry-After"), "9");
    EXPECT_EQ(figures().projects["p"].refused["draining"], 1u);
}

TEST_F(Draining, refuses_those_whose_handshake_waits_for_the_project) {
    worker.on_opening = [](auto&, const auto&) {};
    start();
    RawClient ana(endpoint);
    ana.send(test::upgrade_request("/p"));
    worker.heard("opening 1 ");

    drain(0ms);

    const auto reply = ana.reply();
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.header("Retry-After"), "7");
}

}  // namespace berth::host::gateway::testing
