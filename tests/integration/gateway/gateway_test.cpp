// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>

#include "integration/gateway/gateway_fixture.hpp"

namespace berth::host::gateway::testing {

using test::End;
using test::RawClient;
using test::WsClient;
using Gate = GatewayTest;

TEST_F(Gate, carries_messages_to_the_worker_and_back) {
    start();
    WsClient ana(endpoint, "/p/room?a=1");

    ana.says("hello");

    EXPECT_EQ(ana.hears(), "hello");
    EXPECT_NE(worker.heard("opening 1 ").find("/p/room?a=1"), std::string::npos);
    ana.closes(1000, "bye");
    EXPECT_EQ(ana.closed().code, 1000u);
    EXPECT_EQ(worker.heard("closed "), "closed 1 1000 1 bye");
}

TEST_F(Gate, holds_the_handshake_until_the_worker_has_decided) {
    worker.on_opening = [](auto&, const auto&) {};
    start();
    RawClient ana(endpoint);
    ana.send(test::upgrade_request("/p"));
    worker.heard("opening 1 ");
    EXPECT_FALSE(ana.receive(test::Deadline(std::chrono::milliseconds(100))));

    worker.say([](link::ActionSink& to) { to.admitted(ClientId{1}, {.status = 403, .reason = "not today", .subprotocol = ""}); });

    const auto reply = ana.reply();
    EXPECT_EQ(reply.status, 403);
    EXPECT_EQ(reply.body, "not today\n");
    EXPECT_EQ(ana.wait_end(), End::finished);
}

TEST_F(Gate, answers_503_when_the_worker_does_not_decide_in_time_and_says_so_to_the_worker) {
    worker.on_opening = [](auto&, const auto&) {};
    rules.connection_event = Milliseconds(100);
    start();
    RawClient ana(endpoint);

    const auto reply = ana.ask("/p");

    EXPECT_EQ(reply.status, 503);
    EXPECT_FALSE(reply.header("Retry-After").empty());
    EXPECT_EQ(worker.heard("abandoned "), "abandoned 1 1006 4 the project did not answer in time");
}

TEST_F(Gate, tells_the_worker_when_a_client_leaves_during_its_handshake) {
    worker.on_opening = [](auto&, const auto&) {};
    start();
    {
        RawClient ana(endpoint);
        ana.send(test::upgrade_request("/p"));
        worker.heard("opening 1 ");
        ana.reset();
    }

    EXPECT_EQ(worker.heard("abandoned ").substr(0, 18), "abandoned 1 1006 5");
}

TEST_F(Gate, refuses_bytes_before_the_101) {
    worker.on_opening = [](auto&, const auto&) {};
    start();
    RawClient ana(endpoint);
    ana.send(test::upgrade_request("/p"));
    worker.heard("opening 1 ");

    ana.send("early");

    EXPECT_EQ(ana.reply().status, 400);
    EXPECT_FALSE(worker.heard("abandoned 1 ").empty());
}

TEST_F(Gate, stops_reading_a_client_whose_events_are_not_done_and_goes_on_when_they_are) {
    worker.on_message = [](auto&, auto, auto, auto, auto) {};
    rules.inbox_events = 4;
    start();
    WsClient ana(endpoint, "/p");
    for (int i = 1; i <= 10; ++i) ana.says(std::to_string(i));
    worker.heard("message 1 #4");
    WsClient ben(endpoint, "/p");  // Another client is served meanwhile.
    ben.says("hi");
    EXPECT_FALSE(worker.heard("message " + std::to_string(value_of(clients().clients.at(1).id)) + " #1").empty());
    EXPECT_EQ(worker.count("message 1 "), 4u);

    worker.say([](link::ActionSink& to) { to.done(ClientId{1}, 3); });

    EXPECT_EQ(worker.heard("message 1 #7"), "message 1 #7 text 7");
    EXPECT_EQ(worker.count("message 1 "), 7u);
}

TEST_F(Gate, gives_credit_back_for_what_a_client_took) {
    start();
    WsClient ana(endpoint, "/p");

    ana.says("12345");
    EXPECT_EQ(ana.hears(), "12345");

    EXPECT_EQ(worker.heard("credit 1 "), "credit 1 " + std::to_string(link::message_cost(5)));
}

TEST_F(Gate, closes_a_client_that_takes_nothing_with_1013_when_its_backlog_is_full) {
    rules.backlog_bytes = 300'000;
    start();
    RawClient::Options options;
    options.receive_buffer = 4096;
    WsClient slow(endpoint, "/p", {}, options);
    const std::string large(50'000, 'x');
    for (int i = 0; i < 200; ++i) {
        worker.say([&](link::ActionSink& to) { to.send(ClientId{1}, link::Kind::text, large); });
    }

    EXPECT_EQ(worker.heard("closed 1 "), "closed 1 1013 4 backlog full");
    const auto closed = slow.closed();
    EXPECT_EQ(closed.code, 1013u);
    EXPECT_EQ(closed.reason, "backlog full; retry-after=5");
}

TEST_F(Gate, counts_a_backlog_that_is_full_by_the_workers_count_too) {
    start();
    WsClient slow(endpoint, "/p");

    worker.say([](link::ActionSink& to) { to.close(ClientId{1}, 1013, link::Cause::limit, "backlog full"); });

    EXPECT_EQ(slow.closed().reason, "backlog full; retry-after=5");
    EXPECT_EQ(figures().projects["p"].limit_hits, (std::map<std::string, std::uint64_t>{{"backlog", 1}}));
}

TEST_F(Gate, pings_a_silent_client_and_drops_one_that_does_not_answer) {
    rules.ping = Milliseconds(200);
    rules.pong = Milliseconds(300);
    start();
    RawClient silent(endpoint);
    silent.open("/p");

    const auto ping = silent.frame();
    ASSERT_TRUE(ping);
    EXPECT_EQ(ping->opcode, test::opcode::ping);

    EXPECT_EQ(worker.heard("closed 1 "), "closed 1 1006 5 no answer to a ping");
    EXPECT_NE(silent.wait_end(), End::open);
}

TEST_F(Gate, ends_a_client_that_is_idle_for_too_long_with_1008) {
    rules.idle = Milliseconds(200);
    start();
    WsClient ana(endpoint, "/p");

    EXPECT_EQ(ana.closed().code, 1008u);
    EXPECT_EQ(worker.heard("closed 1 "), "closed 1 1008 4 idle for too long");
}

TEST_F(Gate, answers_408_to_a_head_that_does_not_come) {
    host_rules.head_time = Milliseconds(200);
    start();
    RawClient slow(endpoint);
    slow.send("GET /p HTTP/1.1\r\nHost: x\r\n");

    EXPECT_EQ(slow.reply().status, 408);
    EXPECT_EQ(figures().refused["head-timeout"], 1u);
}

TEST_F(Gate, closes_the_clients_of_a_retired_generation_and_lets_newcomers_into_the_next) {
    start();
    WsClient old(endpoint, "/p");
    ScriptedWorker next;
    gateway->set_project(rules, 2, next.connect(2));
    WsClient fresh(endpoint, "/p");
    EXPECT_FALSE(next.heard("opened ").empty());

    gateway->retire("p", 1, {.order = {1012, link::Cause::redeploy, "new version"}});

    const auto closed = old.closed();
    EXPECT_EQ(closed.code, 1012u);
    EXPECT_EQ(closed.reason, "new version; retry-after=1");
    EXPECT_EQ(worker.heard("closed 1 "), "closed 1 1012 6 new version");
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
    fresh.says("still here");
    EXPECT_EQ(fresh.hears(), "still here");
}

TEST_F(Gate, waits_for_the_worker_to_release_its_clients_before_a_generation_is_retired) {
    worker.releases = false;
    start();
    WsClient ana(endpoint, "/p");
    gateway->retire("p", 1, {.order = {1012, link::Cause::redeploy, ""}});
    EXPECT_EQ(ana.closed().code, 1012u);
    ASSERT_FALSE(worker.heard("closed 1 ").empty());
    // The client is gone and the worker knows it; each I/O thread has had turns enough to say too much.
    for (int i = 0; i < 3; ++i) settle();
    EXPECT_FALSE(has_reported("retired")) << "the worker still has the client's context";

    worker.say([](link::ActionSink& to) { to.released(ClientId{1}); });

    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Gate, retires_a_generation_whose_worker_dies_while_it_retires) {
    worker.releases = false;
    start(2);
    WsClient ana(endpoint, "/p");
    gateway->retire("p", 1, {.order = {1012, link::Cause::redeploy, ""}});
    EXPECT_EQ(ana.closed().code, 1012u);
    ASSERT_FALSE(worker.heard("closed 1 ").empty());
    // The thread that had no client has said so by now.
    for (int i = 0; i < 3; ++i) settle();
    EXPECT_FALSE(has_reported("retired"));
    worker.die();

    gateway->worker_lost("p", 1, {});

    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Gate, closes_the_culprit_with_1011_and_the_others_with_1012_when_a_worker_dies) {
    start(1);
    WsClient culprit(endpoint, "/p");
    WsClient other(endpoint, "/p");
    worker.die();

    gateway->worker_lost("p", 1, {{ClientId{1}, "message", 1, true}});

    const auto culprits_end = culprit.closed(), others_end = other.closed();
    EXPECT_EQ(culprits_end.code, 1011u);
    EXPECT_EQ(culprits_end.reason, "an event of this client failed; retry-after=2");
    EXPECT_EQ(others_end.code, 1012u);
    EXPECT_EQ(others_end.reason, "restart; retry-after=2");
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
    rules.state = ProjectState::failed;
    gateway->set_project(rules, 0, std::vector<UniqueFd>());
    RawClient late(endpoint);
    EXPECT_EQ(late.ask("/p").status, 503);
}

TEST_F(Gate, asks_those_who_leave_in_a_later_batch_to_come_back_later) {
    start(1);
    std::vector<WsClient> crowd;
    for (int i = 0; i < 501; ++i) crowd.emplace_back(endpoint, "/p");

    gateway->retire("p", 1, {.order = {1012, link::Cause::redeploy, "new version"}});

    std::map<std::string, int> told;
    for (auto& client : crowd) ++told[client.closed().reason];
    EXPECT_EQ(told, (std::map<std::string, int>{{"new version; retry-after=1", 500}, {"new version; retry-after=2", 1}}));
}

TEST_F(Gate, tells_the_clients_of_a_project_that_stops_what_its_newcomers_are_told) {
    start();
    WsClient ana(endpoint, "/p");
    rules.state = ProjectState::stopped;
    rules.retry_after_s = 30;
    gateway->set_project(rules, 1, std::vector<UniqueFd>{});

    gateway->retire("p", 1, {.order = {1001, link::Cause::stop, "the project stops"}});

    EXPECT_EQ(ana.closed().reason, "the project stops; retry-after=30");
    EXPECT_EQ(RawClient(endpoint).ask("/p").header("Retry-After"), "30");
}

TEST_F(Gate, leaves_the_words_of_projects_and_administrators_alone) {
    worker.on_message = [](link::ActionSink& to, auto id, auto, auto, auto) {
        to.close(id, 1013, link::Cause::project, "full house");
    };
    start();
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");

    ana.says("hi");
    EXPECT_EQ(ana.closed().reason, "full house");
    gateway->disconnect({.project = "p"}, {1012, link::Cause::administrator, "out"}, [](std::uint64_t) {});
    EXPECT_EQ(ben.closed().reason, "out");
}

TEST_F(Gate, never_gives_an_id_out_twice) {
    start(1);
    std::vector<std::string> ids;
    for (int i = 0; i < 50; ++i) {
        WsClient ana(endpoint, "/p");
        ids.push_back(link::testing::id(clients().clients.at(0).id));
        ana.closes();
        ana.closed();
        while (clients().total != 0) std::this_thread::yield();
    }

    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST_F(Gate, lists_clients_in_pages_and_by_filter) {
    start();
    std::vector<WsClient> all;
    for (int i = 0; i < 25; ++i) all.emplace_back(endpoint, "/p");

    const auto first = clients({.limit = 10});
    EXPECT_EQ(first.total, 25u);
    ASSERT_EQ(first.clients.size(), 10u);
    const auto second = clients({.after = first.clients.back().id, .limit = 100});
    ASSERT_EQ(second.clients.size(), 15u);
    EXPECT_EQ(clients({.client = second.clients[0].id}).total, 1u);
    EXPECT_EQ(clients({.project = "q"}).total, 0u);
    EXPECT_EQ(clients({.address = "127.0.0.2"}).total, 0u);
    EXPECT_EQ(clients({.idle_at_least = Milliseconds(3'600'000)}).total, 0u);
    EXPECT_EQ(first.clients[0].status, "open");
}

TEST_F(Gate, takes_an_administrators_message_to_nobody_who_is_still_connecting_and_returns_no_credit_for_it) {
    worker.on_opening = [](link::ActionSink& to, const link::Opening& o) {
        if (o.path == "/p") to.admitted(o.client, {});
    };
    start(1);
    WsClient ana(endpoint, "/p");
    test::RawClient waiting(endpoint);
    waiting.send(test::upgrade_request("/p/waits"));
    ASSERT_FALSE(worker.heard("opening 2 ").empty());

    std::promise<std::uint64_t> sent;
    gateway->send({.project = "p"}, link::Kind::text, "news", [&](std::uint64_t n) { sent.set_value(n); });

    EXPECT_EQ(sent.get_future().get(), 1u);
    EXPECT_EQ(ana.hears(), "news");
    ana.says("hi");
    EXPECT_EQ(ana.hears(), "hi");
    EXPECT_EQ(worker.heard("credit "), "credit 1 " + std::to_string(link::message_cost(2)));
    EXPECT_EQ(worker.count("credit "), 1u);
}

TEST_F(Gate, gives_no_sign_of_life_while_one_of_its_threads_is_stuck) {
    start(2);
    std::promise<void> stuck, freed, turned;
    // Answers come from an I/O thread, which goes no further here.
    gateway->figures([&, until = freed.get_future().share()](const GatewayFigures&) {
        stuck.set_value();
        until.wait();
    });
    stuck.get_future().wait();
    auto sign = turned.get_future();

    gateway->await_turns([&] { turned.set_value(); });

    EXPECT_EQ(sign.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
    freed.set_value();
    EXPECT_EQ(sign.wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST_F(Gate, lets_an_administrator_close_and_address_clients) {
    start();
    WsClient ana(endpoint, "/p");
    std::promise<std::uint64_t> sent, closed;
    gateway->send({.project = "p"}, link::Kind::text, "news", [&](std::uint64_t n) { sent.set_value(n); });
    EXPECT_EQ(ana.hears(), "news");
    EXPECT_EQ(sent.get_future().get(), 1u);

    gateway->disconnect({.address = "127.0.0.1"}, {4000, link::Cause::administrator, "out"}, [&](std::uint64_t n) { closed.set_value(n); });

    EXPECT_EQ(ana.closed().code, 4000u);
    EXPECT_EQ(closed.get_future().get(), 1u);
    EXPECT_EQ(worker.heard("closed 1 "), "closed 1 4000 3 out");
}

TEST_F(Gate, stops_after_everybody_was_closed_with_1001) {
    start();
    std::vector<WsClient> all;
    for (int i = 0; i < 20; ++i) all.emplace_back(endpoint, "/p");

    gateway->stop(Milliseconds(20'000));

    for (auto& client : all) {
        const auto closed = client.closed();
        EXPECT_EQ(closed.code, 1001u);
        EXPECT_EQ(closed.reason, "the server stops; retry-after=2");
    }
    EXPECT_EQ(reported("stopped"), "stopped");
    EXPECT_EQ(worker.count("closed "), 20u);
}

TEST_F(Gate, spreads_connections_over_its_threads) {
    start(2);
    std::vector<WsClient> all;
    for (int i = 0; i < 40; ++i) all.emplace_back(endpoint, "/p");

    std::size_t on_second = 0;
    for (const auto& client : clients().clients) on_second += parts_of(client.id).thread == 1 ? 1u : 0u;

    EXPECT_GE(on_second, 15u);
    EXPECT_LE(on_second, 25u);
}

}  // namespace berth::host::gateway::testing
