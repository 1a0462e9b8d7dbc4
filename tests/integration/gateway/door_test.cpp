// SPDX-License-Identifier: MIT
// Everybody who is turned away is answered where that is possible, and counted by rule.
#include "integration/gateway/gateway_fixture.hpp"
#include "support/private_network.hpp"

namespace berth::host::gateway::testing {

using test::End;
using test::RawClient;
using Door = GatewayTest;

namespace {
constexpr auto visitor = "192.0.2.7";
}

TEST_F(Door, counts_every_refusal_by_its_rule) {
    rules.origins = {"same-host"};
    start();

    EXPECT_EQ(RawClient(endpoint).ask("/nowhere").status, 404);
    EXPECT_EQ(RawClient(endpoint).ask("/p", {{"Origin", "https://evil.example"}}).status, 403);
    RawClient malformed(endpoint);
    malformed.send("GET /p HTTP/1.1\r\nno colon\r\n\r\n");
    EXPECT_EQ(malformed.reply().status, 400);
    RawClient hasty(endpoint);
    hasty.send(test::upgrade_request("/p") + "more");
    EXPECT_EQ(hasty.reply().status, 400);

    EXPECT_EQ(worker.count("opening "), 0u) << "the rules come before the project";
    const auto seen = figures();
    EXPECT_EQ(seen.refused, (std::map<std::string, std::uint64_t>{{"early-bytes", 1}, {"request", 1}, {"unknown-project", 1}}));
    EXPECT_EQ(seen.projects.at("p").refused, (std::map<std::string, std::uint64_t>{{"origin", 1}}));
}

TEST_F(Door, counts_what_the_project_and_the_clock_refuse) {
    worker.on_opening = [](link::ActionSink& to, const link::Opening& o) {
        if (o.path == "/p/no") to.admitted(o.client, {.status = 401, .reason = "", .subprotocol = ""});
    };
    rules.connection_event = Milliseconds(100);
    host_rules.head_time = Milliseconds(100);
    start();

    EXPECT_EQ(RawClient(endpoint).ask("/p/no").status, 401);
    EXPECT_EQ(RawClient(endpoint).ask("/p/never").status, 503);
    RawClient slow(endpoint);
    slow.send("GET /p");
    EXPECT_EQ(slow.reply().status, 408);

    const auto seen = figures();
    EXPECT_EQ(seen.refused, (std::map<std::string, std::uint64_t>{{"head-timeout", 1}}));
    EXPECT_EQ(seen.projects.at("p").refused,
              (std::map<std::string, std::uint64_t>{{"connection-event", 1}, {"project", 1}}));
}

TEST_F(Door, answers_429_to_an_address_with_too_many_connections_and_lets_it_in_when_one_has_left) {
    if (!test::enter_private_network(visitor)) GTEST_SKIP() << "this system gives no network namespace";
    host_rules.connections_per_address = 2;
    start();
    const RawClient::Options from_there{.source = visitor};
    RawClient first(endpoint, from_there), second(endpoint, from_there);
    EXPECT_EQ(first.ask("/p").status, 101);
    EXPECT_EQ(second.ask("/p").status, 101);

    RawClient third(endpoint, from_there);
    const auto refusal = third.reply();
    EXPECT_EQ(refusal.status, 429);
    EXPECT_EQ(refusal.body, "this address has as many connections as it may have\n");
    EXPECT_FALSE(refusal.header("Retry-After").empty());
    EXPECT_EQ(RawClient(endpoint).ask("/p").status, 101) << "loopback is exempt";
    EXPECT_EQ(figures().refused["connections-per-address"], 1u);

    first.close();
    EXPECT_TRUE(test::eventually([&] { return RawClient(endpoint, from_there).ask("/p").status == 101; }));
}

TEST_F(Door, answers_429_to_an_address_with_too_many_handshakes_until_one_has_ended) {
    if (!test::enter_private_network(visitor)) GTEST_SKIP() << "this system gives no network namespace";
    host_rules.handshakes_per_address = 2;
    start();
    const RawClient::Options from_there{.source = visitor};
    RawClient first(endpoint, from_there), second(endpoint, from_there);

    EXPECT_EQ(RawClient(endpoint, from_there).reply().status, 429);

    EXPECT_EQ(first.ask("/p").status, 101);
    EXPECT_TRUE(test::eventually([&] { return RawClient(endpoint, from_there).ask("/p").status == 101; }));
    EXPECT_GE(figures().refused["handshakes-per-address"], 1u);
}

TEST_F(Door, answers_503_with_a_time_to_come_back_when_too_many_have_not_been_admitted_yet) {
    host_rules.handshakes = 6;
    start(/*io_threads=*/2);
    std::vector<RawClient> silent;
    for (int i = 0; i < 6; ++i) silent.emplace_back(endpoint);

    for (int i = 0; i < 20; ++i) {
        const auto refusal = RawClient(endpoint).reply();
        EXPECT_EQ(refusal.status, 503);
        EXPECT_EQ(refusal.body, "too many connect at the same time; try again\n");
        EXPECT_EQ(refusal.header("Retry-After"), "5");
    }

    EXPECT_EQ(figures().refused, (std::map<std::string, std::uint64_t>{{"handshakes", 20}}));
    EXPECT_EQ(silent[2].ask("/p").status, 101);
    EXPECT_EQ(RawClient(endpoint).ask("/p").status, 101) << "one was admitted, so there is room for another";
    silent.pop_back();
    EXPECT_TRUE(test::eventually([&] { return RawClient(endpoint).ask("/p").status == 101; }));
}

TEST_F(Door, refuses_nobody_while_a_project_is_redeployed) {
    worker.on_opening = [](auto&, const auto&) {};
    start();
    RawClient ana(endpoint);
    ana.send(test::upgrade_request("/p"));
    worker.heard("opening 1 ");

    gateway->retire("p", 1, {.order = {1012, link::Cause::redeploy, "a new version"}});
    settle();
    EXPECT_FALSE(ana.receive(test::Deadline(std::chrono::milliseconds(100)))) << "it waits for its connection event";
    worker.say([](link::ActionSink& to) { to.admitted(ClientId{1}, {}); });

    EXPECT_EQ(ana.reply().status, 101);
    EXPECT_EQ(worker.heard("closed "), "closed 1 1012 6 a new version");
}

TEST_F(Door, refuses_who_waits_for_a_project_that_is_stopped) {
    worker.on_opening = [](auto&, const auto&) {};
    start();
    RawClient ana(endpoint);
    ana.send(test::upgrade_request("/p"));
    worker.heard("opening 1 ");

    gateway->retire("p", 1, {.order = {1001, link::Cause::stop, "stopped"}});

    EXPECT_EQ(ana.reply().status, 503);
}

}  // namespace berth::host::gateway::testing
