// SPDX-License-Identifier: MIT
// A new version of a project that survives its workers cuts no client (DECISIONS §2).
#include "integration/gateway/survivors.hpp"

namespace berth::host::gateway::testing {

using test::RawClient;
using test::WsClient;

class HandOver : public Survivors {};

TEST_F(HandOver, moves_clients_with_what_they_saved_once_the_old_worker_let_go) {
    worker.on_message = [](link::ActionSink& to, ClientId client, std::uint64_t seq, auto, std::string_view payload) {
        to.saved(client, "said " + std::string(payload));
        to.done(client, seq);
    };
    start(1);
    WsClient ana(endpoint, "/p");
    ana.says("one");
    bring(next, 2);

    hand_over();

    EXPECT_EQ(worker.heard("parting "), "parting 1");
    EXPECT_NE(next.heard("resumed 1 ").find("state=said one"), std::string::npos);
    ana.says("two");
    EXPECT_EQ(ana.hears(), "two");
    EXPECT_EQ(worker.count("closed "), 0u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(HandOver, holds_what_a_client_says_until_the_old_worker_let_go) {
    worker.on_message = keeps_silent;
    worker.parts = false;
    start(1);
    WsClient ana(endpoint, "/p");
    ana.says("one");
    worker.heard("message 1 #1");
    bring(next, 2);
    hand_over();
    worker.heard("parting 1");
    ana.says("two");

    worker.say([](link::ActionSink& to) {
        to.send(ClientId{1}, link::Kind::text, "old one");
        to.done(ClientId{1}, 1);
        to.parted(ClientId{1});
    });

    EXPECT_EQ(ana.hears(), "old one");
    EXPECT_EQ(ana.hears(), "two");
    EXPECT_EQ(worker.count("message "), 1u);
    EXPECT_EQ(next.heard("message 1 "), "message 1 #2 text two");
}

TEST_F(HandOver, goes_on_when_the_old_worker_dies_meanwhile) {
    worker.on_message = keeps_silent;
    worker.parts = false;
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    ana.says("one");
    worker.heard("message 1 #1");
    bring(next, 2);
    hand_over();
    worker.heard("parting 2");

    worker.die();
    gateway->worker_lost("p", 1, {});

    EXPECT_EQ(ana.hears(), "one");
    ben.says("two");
    EXPECT_EQ(ben.hears(), "two");
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(HandOver, survives_the_death_of_the_new_worker) {
    worker.parts = false;
    start(1);
    WsClient ana(endpoint, "/p");
    bring(next, 2);
    hand_over();
    worker.heard("parting 1");
    next.die();
    gateway->worker_lost("p", 2, {});
    worker.say([](link::ActionSink& to) { to.parted(ClientId{1}); });
    settle();

    ScriptedWorker third;
    bring(third, 3);

    ana.says("third time");
    EXPECT_EQ(ana.hears(), "third time");
    EXPECT_FALSE(third.heard("resumed 1 ").empty());
}

TEST_F(HandOver, lets_the_new_worker_handle_the_end_of_whoever_left_on_the_way) {
    worker.parts = false;
    start(1);
    WsClient ana(endpoint, "/p");
    bring(next, 2);
    hand_over();
    worker.heard("parting 1");
    ana.raw().reset();
    while (clients().total != 0) std::this_thread::yield();

    worker.say([](link::ActionSink& to) { to.parted(ClientId{1}); });

    EXPECT_EQ(next.heard("closed 1 ").substr(0, 13), "closed 1 1006");
    EXPECT_EQ(worker.count("closed "), 0u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(HandOver, moves_whoever_was_still_shaking_hands) {
    worker.on_opening = [](auto&, const auto&) {};
    start(1);
    RawClient ana(endpoint);
    ana.send(test::upgrade_request("/p"));
    worker.heard("opening 1 ");
    bring(next, 2);
    hand_over();

    worker.say([](link::ActionSink& to) { to.admitted(ClientId{1}, {}); });

    EXPECT_EQ(ana.reply().status, 101);
    EXPECT_FALSE(next.heard("resumed 1 ").empty());
}

TEST_F(HandOver, tells_the_new_worker_nothing_of_a_newcomer_who_was_refused_when_the_old_one_died) {
    worker.on_opening = [](auto&, const auto&) {};
    start(1);
    RawClient ana(endpoint);
    ana.send(test::upgrade_request("/p"));
    worker.heard("opening 1 ");
    bring(next, 2);
    hand_over();

    worker.die();
    gateway->worker_lost("p", 1, {{ClientId{1}, "connection", 0, true}});

    EXPECT_EQ(ana.reply().status, 500);
    WsClient ben(endpoint, "/p");
    next.heard("opened ");
    EXPECT_EQ(next.count("resumed "), 0u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(HandOver, that_the_end_of_the_host_overtakes_leaves_every_disconnection_to_the_old_worker) {
    worker.parts = false;
    start(1);
    WsClient ana(endpoint, "/p");
    bring(next, 2);
    hand_over();
    worker.heard("parting 1");
    gateway->stop(Milliseconds(20'000));
    EXPECT_EQ(ana.closed().code, 1001u);

    worker.say([](link::ActionSink& to) { to.parted(ClientId{1}); });

    EXPECT_NE(worker.heard("resumed 1 "), "");
    EXPECT_EQ(worker.heard("closed 1 ").substr(0, 13), "closed 1 1001");
    EXPECT_EQ(reported("stopped"), "stopped");
    EXPECT_EQ(worker.count("closed 1 "), 1u);
}

TEST_F(HandOver, that_finds_no_new_worker_in_time_leaves_disconnections_to_the_old_one) {
    worker.parts = false;
    start(1);
    WsClient ana(endpoint, "/p");
    bring(next, 2);
    gateway->retire("p", 1, {.order = {1012, link::Cause::redeploy, "new"}, .after = Milliseconds(500), .hands_over = true});
    worker.heard("parting 1");
    dies_too(next, 2);
    worker.say([](link::ActionSink& to) { to.parted(ClientId{1}); });

    EXPECT_EQ(ana.closed().code, 1012u);

    EXPECT_EQ(worker.heard("closed 1 ").substr(0, 13), "closed 1 1012");
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(HandOver, to_a_version_that_fails_brings_clients_back_to_the_old_one) {
    worker.parts = false;
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p"), cleo(endpoint, "/p");
    bring(next, 2);
    hand_over();
    worker.heard("parting 3");
    dies_too(next, 2);
    worker.say([](link::ActionSink& to) {
        to.parted(ClientId{1});
        to.parted(ClientId{2});
    });
    settle();
    ben.raw().reset();
    ASSERT_TRUE(test::eventually([&] { return clients().total == 2; }));

    rules.state = ProjectState::failed;
    gateway->set_project(rules, 0, std::vector<UniqueFd>());

    EXPECT_NE(worker.heard("resumed 1 "), "");
    ana.says("still here");
    EXPECT_EQ(ana.hears(), "still here");
    EXPECT_EQ(worker.heard("closed 2 ").substr(0, 13), "closed 2 1006");
    worker.say([](link::ActionSink& to) { to.parted(ClientId{3}); });
    cleo.says("me, too");
    EXPECT_EQ(cleo.hears(), "me, too") << "let go of only after the failure";
}

TEST_F(HandOver, waits_for_a_next_worker_for_a_while_and_begins_again_when_it_comes) {
    rules.resume = Milliseconds(200);
    start(1);
    WsClient ana(endpoint, "/p");
    bring(next, 2);
    worker.parts = false;
    hand_over();
    worker.heard("parting 1");
    dies_too(next, 2);
    worker.say([](link::ActionSink& to) { to.parted(ClientId{1}); });

    EXPECT_NE(worker.heard("resumed 1 "), "");
    ana.says("old");
    EXPECT_EQ(ana.hears(), "old");
    ScriptedWorker third;
    bring(third, 3);
    EXPECT_TRUE(test::eventually([&] { return worker.count("parting 1") == 2; }));
    worker.say([](link::ActionSink& to) { to.parted(ClientId{1}); });
    EXPECT_NE(third.heard("resumed 1 "), "");
    ana.says("new");
    EXPECT_EQ(ana.hears(), "new");
    EXPECT_EQ(third.count("message 1 "), 1u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(HandOver, to_a_worker_that_the_gateway_never_heard_of_comes_to_nothing) {
    rules.resume = Milliseconds(200);
    start(1);
    WsClient ana(endpoint, "/p");

    hand_over();

    EXPECT_NE(worker.heard("resumed 1 "), "");
    ana.says("still here");
    EXPECT_EQ(ana.hears(), "still here");
}

TEST_F(HandOver, leaves_the_new_worker_the_credit_that_it_has_taken_whatever_the_old_one_still_sends) {
    worker.parts = false;
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    bring(next, 2);
    hand_over();
    worker.heard("parting 2");
    worker.say([](link::ActionSink& to) { to.parted(ClientId{1}); });
    next.heard("resumed 1 ");

    worker.say([](link::ActionSink& to) {
        to.send(ClientId{1}, link::Kind::text, "of the old one");
        to.send_many(std::vector{ClientId{1}}, link::Kind::text, "to many");
    });
    EXPECT_EQ(ana.hears(), "of the old one");
    EXPECT_EQ(ana.hears(), "to many");
    next.say([](link::ActionSink& to) { to.send(ClientId{1}, link::Kind::text, "of the new one"); });

    EXPECT_EQ(ana.hears(), "of the new one");
    EXPECT_EQ(next.heard("credit 1 "), "credit 1 " + std::to_string(link::message_cost(14)));
    EXPECT_EQ(next.count("credit 1 "), 1u);
}

TEST_F(HandOver, is_no_licence_to_let_go_of_others) {
    start(1);
    WsClient ana(endpoint, "/p");

    worker.say([](link::ActionSink& to) { to.parted(ClientId{1}); });

    EXPECT_NE(reported("violation p 1").find("it let go of client 1, which it was not asked to"), std::string::npos);
}

TEST_F(HandOver, that_cannot_be_leaves_clients_in_the_old_version_for_a_while) {
    rules.survival = Survival::none;
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    bring(next, 2);

    gateway->retire("p", 1, {.order = {1012, link::Cause::redeploy, "new"}, .after = Milliseconds(5'000), .hands_over = true});

    ana.says("old");
    EXPECT_EQ(ana.hears(), "old");
    ben.closes();
    EXPECT_EQ(ben.closed().code, 1000u);
    WsClient cleo(endpoint, "/p");
    cleo.says("new");
    EXPECT_EQ(cleo.hears(), "new");
    EXPECT_EQ(next.count("opening "), 1u);
    EXPECT_EQ(ana.closed().code, 1012u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

}  // namespace berth::host::gateway::testing
