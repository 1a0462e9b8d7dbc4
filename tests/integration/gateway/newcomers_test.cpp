// SPDX-License-Identifier: MIT
// Newcomers while their project's worker dies: they wait, and are asked about again.
#include "integration/gateway/survivors.hpp"

namespace berth::host::gateway::testing {

using test::RawClient;
using test::WsClient;

class Newcomers : public Survivors {};

TEST_F(Newcomers, wait_while_the_worker_is_restarted) {
    rules.survival = Survival::none;
    start(1);
    dies();
    RawClient ana(endpoint);
    ana.send(test::upgrade_request("/p"));
    while (figures().connections == 0) std::this_thread::yield();

    bring(next, 2);

    EXPECT_EQ(ana.reply().status, 101);
}

TEST_F(Newcomers, whose_worker_died_before_it_began_to_decide_are_asked_about_again) {
    worker.on_opening = [](auto&, const auto&) {};
    start(1);
    RawClient ana(endpoint), ben(endpoint);
    ana.send(test::upgrade_request("/p"));
    worker.heard("opening 1 ");
    ben.send(test::upgrade_request("/p"));
    worker.heard("opening 2 ");
    dies({{ClientId{1}, "connection", 0, false}});

    EXPECT_EQ(ana.reply().status, 503);
    bring(next, 2);

    EXPECT_EQ(ben.reply().status, 101);
    EXPECT_EQ(next.count("opening "), 1u);
}

TEST_F(Newcomers, of_a_repeatable_project_are_asked_about_once_more_and_not_for_ever) {
    worker.on_opening = next.on_opening = [](auto&, const auto&) {};
    rules.repeatable = true;
    start(1);
    RawClient ana(endpoint);
    ana.send(test::upgrade_request("/p"));
    worker.heard("opening 1 ");
    dies({{ClientId{1}, "connection", 0, false}});
    bring(next, 2);
    const std::string again = next.heard("opening ");
    const ClientId id{std::stoull(again.substr(8))};

    dies_too(next, 2, {{id, "connection", 0, false}});

    EXPECT_EQ(ana.reply().status, 503);
}

TEST_F(Newcomers, that_killed_the_worker_get_500) {
    worker.on_opening = [](auto&, const auto&) {};
    start(1);
    RawClient ana(endpoint);
    ana.send(test::upgrade_request("/p"));
    worker.heard("opening 1 ");

    dies({{ClientId{1}, "connection", 0, true}});

    EXPECT_EQ(ana.reply().status, 500);
}

TEST_F(Newcomers, that_wait_get_503_when_the_project_fails) {
    start(1);
    dies();
    RawClient ana(endpoint);
    ana.send(test::upgrade_request("/p"));
    while (figures().connections == 0) std::this_thread::yield();

    rules.state = ProjectState::failed;
    gateway->set_project(rules, 0, std::vector<UniqueFd>());

    EXPECT_EQ(ana.reply().status, 503);
}

TEST_F(Newcomers, wait_no_longer_than_a_connection_event_may_take) {
    rules.connection_event = Milliseconds(200);
    start(1);
    dies();
    RawClient ana(endpoint);

    EXPECT_EQ(ana.ask("/p").status, 503);
}

TEST_F(Newcomers, that_give_up_waiting_are_forgotten) {
    start(1);
    dies();
    {
        RawClient ana(endpoint);
        ana.send(test::upgrade_request("/p"));
        while (figures().connections == 0) std::this_thread::yield();
        ana.reset();
        while (figures().connections != 0) std::this_thread::yield();
    }

    bring(next, 2);

    WsClient ben(endpoint, "/p");
    EXPECT_EQ(next.count("opening "), 1u);
}

}  // namespace berth::host::gateway::testing
