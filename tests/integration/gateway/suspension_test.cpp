// SPDX-License-Identifier: MIT
// A version that must have ended before the next one begins cuts no client of a project that survives its workers.
#include "integration/gateway/survivors.hpp"

namespace berth::host::gateway::testing {

using test::RawClient;
using test::WsClient;

class Suspension : public Survivors {
protected:
    /// The worker of run 1 is to leave, as the supervisor says it.
    void suspend() {
        gateway->retire("p", 1, {.order = {1012, link::Cause::redeploy, "new"}, .suspends = true});
        rules.state = ProjectState::starting;
        rules.waits = true;
        gateway->set_project(rules, 0, std::vector<UniqueFd>());
        settle();
    }
    /// It has been left, and ends.
    void ends() {
        EXPECT_EQ(reported("suspended p 1"), "suspended p 1");
        worker.die();
        gateway->worker_lost("p", 1, {});
        settle();
    }
};

TEST_F(Suspension, lets_clients_wait_for_the_worker_that_comes_after_the_end_of_theirs) {
    worker.on_message = [](link::ActionSink& to, ClientId client, std::uint64_t seq, auto, std::string_view payload) {
        to.saved(client, "said " + std::string(payload));
        to.done(client, seq);
    };
    start();
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    ana.says("one");
    worker.heard("message ");

    suspend();

    ends();
    EXPECT_EQ(worker.count("parting "), 2u);
    EXPECT_FALSE(has_reported("retired p 1"));
    ana.says("two");
    ana.says("three");
    ben.says("me, too");
    bring(next, 2, 2);
    EXPECT_EQ(ana.hears(), "two");
    EXPECT_EQ(ana.hears(), "three");
    EXPECT_EQ(ben.hears(), "me, too");
    EXPECT_EQ(next.count("message "), 3u);
    EXPECT_EQ(next.count("resumed "), 2u);
    EXPECT_EQ(next.count("opening "), 0u);
    EXPECT_EQ(worker.count("closed "), 0u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Suspension, hands_on_what_was_saved) {
    worker.on_message = [](link::ActionSink& to, ClientId client, std::uint64_t seq, auto, std::string_view payload) {
        to.saved(client, "said " + std::string(payload));
        to.done(client, seq);
    };
    start(1);
    WsClient ana(endpoint, "/p");
    ana.says("one");
    worker.heard("message 1 ");
    suspend();
    ends();

    bring(next, 2);

    EXPECT_NE(next.heard("resumed 1 ").find("state=said one"), std::string::npos);
}

TEST_F(Suspension, is_not_over_before_the_worker_has_let_go_of_everybody) {
    worker.on_message = keeps_silent;
    worker.parts = false;
    start();
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    ana.says("one");
    worker.heard("message ");
    const auto lane_of_all = [&](ClientId id) { return link::lane_of(id); };
    std::vector<ClientId> ids;
    for (const ClientFacts& facts : clients().clients) ids.push_back(facts.id);
    ASSERT_EQ(ids.size(), 2u);

    suspend();
    ben.says("two");
    worker.say([&](link::ActionSink& to) { to.parted(ids[1]); }, lane_of_all(ids[1]));
    settle();
    EXPECT_FALSE(has_reported("suspended"));
    worker.say(
        [&](link::ActionSink& to) {
            if (worker.count("message " + std::to_string(value_of(ids[0]))) != 0) to.done(ids[0], 1);
            to.parted(ids[0]);
        },
        lane_of_all(ids[0]));

    ends();
    bring(next, 2, 2);
    EXPECT_EQ(ben.hears(), "two");
}

TEST_F(Suspension, of_nobody_is_over_at_once) {
    start();

    suspend();

    EXPECT_EQ(reported("suspended p 1"), "suspended p 1");
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Suspension, of_a_run_that_is_not_known_is_over_at_once) {
    start();

    gateway->retire("p", 7, {.order = {1012, link::Cause::redeploy, "new"}, .suspends = true});

    EXPECT_EQ(reported("suspended p 7"), "suspended p 7");
}

TEST_F(Suspension, lets_newcomers_wait_with_the_others) {
    start(1);
    WsClient ana(endpoint, "/p");
    suspend();
    RawClient ben(endpoint);
    ben.send(test::upgrade_request("/p"));
    ends();

    bring(next, 2);

    EXPECT_EQ(ben.reply().status, 101);
    EXPECT_EQ(next.count("opening "), 1u);
    EXPECT_EQ(worker.count("opening "), 1u);
}

TEST_F(Suspension, waits_for_the_verdict_on_whoever_was_shaking_hands) {
    worker.on_opening = [](auto&, const auto&) {};
    start(1);
    RawClient ana(endpoint), ben(endpoint);
    ana.send(test::upgrade_request("/p"));
    worker.heard("opening 1 ");
    ben.send(test::upgrade_request("/p"));
    worker.heard("opening 2 ");
    suspend();
    EXPECT_FALSE(has_reported("suspended"));

    worker.say([](link::ActionSink& to) {
        to.admitted(ClientId{1}, {});
        to.admitted(ClientId{2}, {.status = 403, .reason = "no", .subprotocol = {}});
    });

    EXPECT_EQ(ana.reply().status, 101);
    EXPECT_EQ(ben.reply().status, 403);
    ends();
    bring(next, 2);
    EXPECT_NE(next.heard("resumed 1 "), "");
}

TEST_F(Suspension, goes_on_when_the_worker_dies_before_it_has_let_go) {
    worker.on_message = keeps_silent;
    worker.parts = false;
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    ana.says("one");
    ben.says("two");
    worker.heard("message 1 #1");
    worker.heard("message 2 #1");
    suspend();

    dies({{ClientId{2}, "message", 1, true}});

    EXPECT_EQ(ben.closed().code, 1011u);
    bring(next, 2);
    EXPECT_EQ(ana.hears(), "one");
    EXPECT_EQ(next.heard("closed 2 ").substr(0, 13), "closed 2 1011");
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Suspension, that_finds_no_next_worker_in_time_ends_as_after_a_death) {
    rules.resume = Milliseconds(200);
    start(1);
    WsClient ana(endpoint, "/p");
    suspend();
    EXPECT_EQ(reported("suspended p 1"), "suspended p 1");
    EXPECT_EQ(worker.count("resumed "), 0u) << "who leaves gets nobody back";
    ends();

    const auto closed = ana.closed();

    EXPECT_EQ(closed.code, 1012u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
    bring(next, 2);
    EXPECT_EQ(next.heard("lost "), "lost 1");
}

TEST_F(Suspension, is_not_bounded_while_the_worker_has_not_ended) {
    rules.resume = Milliseconds(100);
    start(1);
    WsClient ana(endpoint, "/p");
    suspend();
    EXPECT_EQ(reported("suspended p 1"), "suspended p 1");
    EXPECT_FALSE(ana.has_message(test::Deadline{std::chrono::milliseconds(400)}));
    EXPECT_TRUE(ana.is_open());
    ends();

    bring(next, 2);

    ana.says("still here");
    EXPECT_EQ(ana.hears(), "still here");
}

TEST_F(Suspension, lets_the_next_worker_handle_the_end_of_whoever_left_meanwhile) {
    start(1);
    WsClient ana(endpoint, "/p");
    suspend();
    ends();
    ana.raw().reset();
    // A reset is seen though nobody reads.
    ASSERT_TRUE(test::eventually([&] { return clients().total == 0; }));

    bring(next, 2);

    EXPECT_EQ(next.heard("closed 1 ").substr(0, 13), "closed 1 1006");
    EXPECT_EQ(worker.count("closed "), 0u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Suspension, delivers_what_the_worker_says_until_its_end) {
    start(1);
    WsClient ana(endpoint, "/p");
    suspend();
    EXPECT_EQ(reported("suspended p 1"), "suspended p 1");

    worker.say([](link::ActionSink& to) { to.send(ClientId{1}, link::Kind::text, "back soon"); });
    ends();

    EXPECT_EQ(ana.hears(), "back soon");
    bring(next, 2);
    ana.says("hi");
    EXPECT_EQ(ana.hears(), "hi");
}

TEST_F(Suspension, ends_with_the_project) {
    start();
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    suspend();
    EXPECT_EQ(reported("suspended p 1"), "suspended p 1");

    gateway->retire("p", 1, {.order = {1001, link::Cause::stop, "the project stops"}});

    EXPECT_EQ(ana.closed().code, 1001u);
    EXPECT_EQ(ben.closed().code, 1001u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
    EXPECT_EQ(worker.count("resumed "), 0u) << "it may have begun to end";
}

TEST_F(Suspension, ends_with_the_project_when_the_worker_has_ended_too) {
    start();
    WsClient ana(endpoint, "/p");
    suspend();
    ends();

    rules.state = ProjectState::stopped;
    gateway->set_project(rules, 0, std::vector<UniqueFd>());

    EXPECT_EQ(ana.closed().code, 1001u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Suspension, that_the_end_of_the_project_overtakes_leaves_disconnections_to_the_worker_that_was_not_left_yet) {
    worker.parts = false;
    start(1);
    WsClient ana(endpoint, "/p");
    suspend();

    gateway->retire("p", 1, {.order = {1001, link::Cause::stop, "the project stops"}});
    EXPECT_EQ(ana.closed().code, 1001u);
    worker.say([](link::ActionSink& to) { to.parted(ClientId{1}); });

    EXPECT_EQ(worker.heard("closed 1 ").substr(0, 13), "closed 1 1001");
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Suspension, does_not_hold_up_the_end_of_the_host) {
    start();
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    suspend();
    EXPECT_EQ(reported("suspended p 1"), "suspended p 1");

    gateway->stop(Milliseconds(20'000) * test::patience);

    EXPECT_EQ(ana.closed().code, 1001u);
    EXPECT_EQ(ben.closed().code, 1001u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
    EXPECT_EQ(reported("stopped"), "stopped");
}

TEST_F(Suspension, ends_with_1012_when_the_next_version_does_not_survive) {
    start(1);
    WsClient ana(endpoint, "/p");
    suspend();
    ends();
    rules.survival = Survival::none;

    bring(next, 2);

    EXPECT_EQ(ana.closed().code, 1012u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

}  // namespace berth::host::gateway::testing
