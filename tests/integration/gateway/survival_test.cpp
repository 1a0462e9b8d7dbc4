// SPDX-License-Identifier: MIT
// A crash or a redeploy of a project that survives its workers cuts no client (DECISIONS §2).
#include "integration/gateway/gateway_fixture.hpp"

namespace berth::host::gateway::testing {

using test::End;
using test::RawClient;
using test::WsClient;

class Survivors : public GatewayTest {
protected:
    Survivors() { rules.survival = Survival::stateless; }

    /// The next run of the project has started.
    void bring(ScriptedWorker& another, std::uint64_t run, std::uint32_t io_threads = 1) {
        rules.state = ProjectState::open;
        gateway->set_project(rules, run, another.connect(io_threads));
        settle();
    }
    /// The worker of run 1 has died, as the supervisor says it.
    void dies(std::vector<Interruption> running = {}) {
        worker.die();
        gateway->worker_lost("p", 1, running);
        rules.state = ProjectState::starting;
        rules.waits = true;
        gateway->set_project(rules, 0, std::vector<UniqueFd>());
        settle();
    }
    void hand_over() {
        gateway->retire("p", 1,
                        {.order = {1012, link::Cause::redeploy, "new"}, .after = Milliseconds(600'000), .hands_over = true});
        settle();
    }
    static constexpr auto keeps_silent = [](auto&, auto, auto, auto, auto) {};

    ScriptedWorker next;
};

TEST_F(Survivors, of_a_crash_stay_connected_and_are_told_to_the_next_worker) {
    start(1);
    WsClient ana(endpoint, "/p/room?a=1");
    ana.says("before");
    EXPECT_EQ(ana.hears(), "before");
    dies();

    bring(next, 2);

    EXPECT_NE(next.heard("resumed 1 ").find("/p/room?a=1"), std::string::npos);
    EXPECT_EQ(next.count("opening "), 0u);
    ana.says("after");
    EXPECT_EQ(ana.hears(), "after");
    EXPECT_EQ(next.heard("message 1 "), "message 1 #2 text after");
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Survivors, of_a_crash_have_what_was_not_done_handled_once_and_in_order) {
    worker.on_message = [](link::ActionSink& to, ClientId client, std::uint64_t seq, auto, auto) {
        if (seq == 1) to.done(client, seq);
    };
    start(1);
    WsClient ana(endpoint, "/p");
    for (int i = 1; i <= 4; ++i) ana.says(std::to_string(i));
    worker.heard("message 1 #4");
    dies({{ClientId{1}, "message", 2, false}});

    bring(next, 2);

    EXPECT_EQ(ana.hears(), "3");
    EXPECT_EQ(ana.hears(), "4");
    EXPECT_NE(next.heard("resumed 1 ").find(" interrupted"), std::string::npos);
    EXPECT_EQ(next.count("message 1 "), 2u) << "1 was done, 2 was running";
}

TEST_F(Survivors, of_a_crash_whose_event_was_done_and_only_not_unmarked_are_not_told_that_it_was_cut_off) {
    start(1);
    WsClient ana(endpoint, "/p");
    ana.says("one");
    EXPECT_EQ(ana.hears(), "one");
    dies({{ClientId{1}, "message", 1, false}});

    bring(next, 2);

    const std::string resumed = next.heard("resumed 1 ");
    EXPECT_NE(resumed, "");
    EXPECT_EQ(resumed.find("interrupted"), std::string::npos);
}

TEST_F(Survivors, of_a_crash_have_what_was_running_handled_again_where_the_project_is_repeatable) {
    worker.on_message = keeps_silent;
    rules.repeatable = true;
    start(1);
    WsClient ana(endpoint, "/p");
    ana.says("again");
    worker.heard("message 1 #1");
    dies({{ClientId{1}, "message", 1, false}});

    bring(next, 2);

    EXPECT_EQ(ana.hears(), "again");
    EXPECT_EQ(next.heard("resumed 1 ").find(" interrupted"), std::string::npos);
}

TEST_F(Survivors, of_a_crash_are_all_but_its_culprit) {
    worker.on_message = keeps_silent;
    start(1);
    WsClient ana(endpoint, "/p");
    WsClient ben(endpoint, "/p");
    ana.says("boom");
    ana.says("never");
    worker.heard("message 1 #2");
    dies({{ClientId{1}, "message", 1, true}});

    EXPECT_EQ(ana.closed().code, 1011u);
    bring(next, 2);

    ben.says("here");
    EXPECT_EQ(ben.hears(), "here");
    EXPECT_EQ(next.heard("closed 1 "), "closed 1 1011 8 an event of this client failed") << "its disconnection is due";
    EXPECT_EQ(next.count("message 1 "), 0u);
}

TEST_F(Survivors, have_the_last_words_of_their_worker_heard) {
    worker.on_message = keeps_silent;
    start(1);
    WsClient ana(endpoint, "/p");
    ana.says("one");
    ana.says("two");
    worker.heard("message 1 #2");
    worker.say([](link::ActionSink& to) {
        to.send(ClientId{1}, link::Kind::text, "done with one");
        to.saved(ClientId{1}, "state");
        to.done(ClientId{1}, 1);
    });
    dies();

    bring(next, 2);

    EXPECT_EQ(ana.hears(), "done with one");
    EXPECT_EQ(ana.hears(), "two");
    EXPECT_EQ(next.count("message 1 #1"), 0u);
    EXPECT_NE(next.heard("resumed 1 ").find("state=state"), std::string::npos);
}

TEST_F(Survivors, that_leave_while_there_is_no_worker_get_their_disconnection_from_the_next) {
    worker.on_message = keeps_silent;
    start(1);
    WsClient ana(endpoint, "/p");
    ana.says("last word");
    worker.heard("message 1 #1");
    dies();
    ana.raw().reset();
    while (clients().total != 0) std::this_thread::yield();

    bring(next, 2);

    EXPECT_EQ(next.heard("closed 1 ").substr(0, 13), "closed 1 1006");
    EXPECT_EQ(next.count("resumed 1 "), 1u);
    EXPECT_EQ(next.heard("message 1 "), "message 1 #1 text last word");
}

TEST_F(Survivors, whose_disconnection_was_under_way_do_not_get_another) {
    worker.releases = false;
    start(1);
    WsClient ana(endpoint, "/p");
    WsClient ben(endpoint, "/p");
    ana.closes();
    ben.closes();
    worker.heard("closed 1 ");
    worker.heard("closed 2 ");
    dies({{ClientId{1}, "disconnection", 0, false}});

    bring(next, 2);

    EXPECT_EQ(next.heard("closed 2 ").substr(0, 13), "closed 2 1000");
    settle();
    EXPECT_EQ(next.count("resumed 1 "), 0u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Survivors, without_a_worker_in_time_are_closed_with_1012) {
    rules.resume = Milliseconds(200);
    start(1);
    WsClient ana(endpoint, "/p");
    dies();

    EXPECT_EQ(ana.closed().code, 1012u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Survivors, of_a_project_that_has_failed_are_closed_with_1012) {
    start(1);
    WsClient ana(endpoint, "/p");
    dies();

    rules.state = ProjectState::failed;
    gateway->set_project(rules, 0, std::vector<UniqueFd>());

    EXPECT_EQ(ana.closed().code, 1012u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Survivors, that_could_not_be_are_told_to_the_next_worker) {
    rules.survival = Survival::none;
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    dies({{ClientId{2}, "message", 1, true}});
    EXPECT_EQ(ana.closed().code, 1012u);
    EXPECT_EQ(ben.closed().code, 1011u);

    bring(next, 2);

    const std::string told = next.heard("lost ");
    EXPECT_TRUE(told == "lost 1 2" || told == "lost 2 1") << told;
}

TEST_F(Survivors, that_could_not_even_be_resumed_are_lost) {
    start(1);
    WsClient ana(endpoint, "/p");
    dies({{ClientId{1}, "resumed", 0, true}});
    EXPECT_EQ(ana.closed().code, 1011u);

    bring(next, 2);

    EXPECT_EQ(next.heard("lost "), "lost 1");
    EXPECT_EQ(next.count("resumed "), 0u);
}

TEST_F(Survivors, cannot_go_on_in_a_version_that_does_not_survive) {
    start(1);
    WsClient ana(endpoint, "/p");
    dies();

    rules.survival = Survival::none;
    bring(next, 2);

    EXPECT_EQ(ana.closed().code, 1012u);
}

TEST_F(Survivors, are_kept_through_many_deaths) {
    start(1);
    WsClient ana(endpoint, "/p");
    dies();
    for (std::uint64_t run = 2; run < 10; ++run) {
        ScriptedWorker another;
        bring(another, run);
        ana.says(std::to_string(run));
        EXPECT_EQ(ana.hears(), std::to_string(run));
        another.die();
        gateway->worker_lost("p", run, {});
    }
    bring(next, 10);

    ana.says("still here");
    EXPECT_EQ(ana.hears(), "still here");
}

TEST_F(Survivors, have_their_credit_reckoned_anew) {
    rules.backlog_bytes = 1'000'000;
    start(1);
    RawClient::Options options;
    options.receive_buffer = 4096;
    WsClient slow(endpoint, "/p", {}, options);
    for (int i = 0; i < 10; ++i) {
        worker.say([&](link::ActionSink& to) { to.send(ClientId{1}, link::Kind::text, std::string(50'000, 'x')); });
    }
    while (clients().clients.at(0).messages_out != 10) std::this_thread::yield();
    dies();

    const std::uint64_t waits = clients().clients.at(0).backlog_bytes;
    bring(next, 2);

    EXPECT_GT(waits, 0u);
    EXPECT_NE(next.heard("resumed 1 ").find(" backlog=" + std::to_string(waits)), std::string::npos);
}

TEST_F(Survivors, on_many_threads_all_go_on) {
    start(2);
    std::vector<WsClient> all;
    for (int i = 0; i < 40; ++i) all.emplace_back(endpoint, "/p");
    dies();

    bring(next, 2, 2);

    for (WsClient& client : all) {
        client.says("hi");
        EXPECT_EQ(client.hears(), "hi");
    }
    EXPECT_EQ(next.count("resumed "), 40u);
}

// ---- newcomers ----------------------------------------------------------------------------------------------

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

// ---- a new version ------------------------------------------------------------------------------------------

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

    gateway->retire("p", 1, {.order = {1012, link::Cause::redeploy, "new"}, .after = Milliseconds(1'000), .hands_over = true});

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
