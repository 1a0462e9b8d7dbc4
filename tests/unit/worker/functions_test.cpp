// SPDX-License-Identifier: MIT
// SEMANTICS: five server functions, and what each says when it cannot; from any thread of the project.
#include <algorithm>
#include <sstream>

#include "unit/worker/worker_fixture.hpp"

namespace berth::host::worker::test {

// What the puppet's "status N" means.
constexpr const char* ok = "status 0";
constexpr const char* gone = "status 2";
constexpr const char* backlog_full = "status 3";
constexpr const char* invalid = "status 5";

class ListClients : public WorkerTest {};
class Send : public WorkerTest {};
class Disconnect : public WorkerTest {};
class Execute : public WorkerTest {};
class Threads : public WorkerTest {};

std::vector<std::string> ids_in(const std::string& listed) {
    std::istringstream words(listed);
    std::vector<std::string> ids;
    std::string word;
    words >> word >> word;
    while (words >> word) ids.push_back(word);
    std::sort(ids.begin(), ids.end());
    return ids;
}

TEST_F(ListClients, answers_those_connected_from_any_context_without_refused_asking_and_leaving_ones) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect({.lane = 1});
    const ClientId refused = gateway().ask({.query = "refuse=403"});
    gateway().verdict(refused);
    const ClientId asking = gateway().ask({.query = "wait=" + gate("go")});
    ASSERT_TRUE(log.sees("connection", 1, id(asking)));
    const ClientId leaving = gateway().connect();
    EXPECT_EQ(ask(ana, "close " + id(leaving) + " 1000"), ok);

    const std::string listed = ask(ana, "list");
    open_gate("go");

    std::vector<std::string> expected{id(ana), id(ben)};
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(ids_in(listed), expected);
    EXPECT_TRUE(listed.starts_with("listed 4 ")) << "the first call without room answers truncated";
}

TEST_F(ListClients, forgets_a_client_that_was_closed_before_its_disconnection_has_run) {
    set("disconnection.wait", gate("go"));
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();

    gateway().closes(ben);
    const std::string listed = ask(ana, "list");
    open_gate("go");

    EXPECT_EQ(ids_in(listed), std::vector<std::string>{id(ana)});
}

TEST_F(Send, reaches_other_clients_in_order_on_every_lane) {
    start();
    const ClientId ana = gateway().connect({.lane = 0});
    const ClientId ben = gateway().connect({.lane = 1});

    std::string commands;
    for (int i = 0; i < 50; ++i) commands += "quiet " + id(ben) + " " + std::to_string(i) + "\n";
    gateway().says(ana, commands);

    for (int i = 0; i < 50; ++i) ASSERT_EQ(gateway().hears(ben), std::to_string(i));
}

TEST_F(Send, says_queued_gone_and_invalid) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();

    EXPECT_EQ(ask(ana, "say " + id(ben) + " hi"), ok);
    gateway().closes(ben);
    EXPECT_EQ(ask(ana, "say " + id(ben) + " hi"), gone);
    EXPECT_EQ(ask(ana, "say 0 hi"), gone);
    EXPECT_EQ(ask(ana, "say 999999 hi"), gone);

    gateway().says(ana, "invalid");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(gateway().hears(ana), invalid);
    const auto told = log.lines("a call of the project was refused as invalid", id(ana));
    ASSERT_EQ(told.size(), 1u) << "at most one a second";
    EXPECT_EQ(told[0].error, "the message is text, but not valid UTF-8");
}

TEST_F(Send, to_an_unknown_id_is_queued_while_another_generation_lives) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId elsewhere = make_client_id({0, 3, 1, 77});

    EXPECT_EQ(ask(ana, "say " + id(elsewhere) + " hi"), gone);
    worker().set_others_alive(true);
    EXPECT_EQ(ask(ana, "say " + id(elsewhere) + " hi"), ok);
    EXPECT_EQ(ask(ana, "close " + id(elsewhere) + " 1000"), ok);
    EXPECT_EQ(ask(ana, "exec " + id(elsewhere) + " show"), gone) << "procedures are this generation's";

    EXPECT_EQ(gateway().hears(elsewhere), "hi");
    EXPECT_EQ(gateway().closed_with(elsewhere).number, 1000u);
    worker().set_others_alive(false);
    EXPECT_EQ(ask(ana, "say " + id(elsewhere) + " hi"), gone);
}

TEST_F(Send, to_many_tells_how_many_accepted_it) {
    start();
    const ClientId ana = gateway().connect({.lane = 0});
    const ClientId ben = gateway().connect({.lane = 1});
    const ClientId cem = gateway().connect({.lane = 1});
    gateway().closes(cem);

    gateway().says(ana, "many hello " + id(ana) + " " + id(ben) + " " + id(cem) + " 424242");

    EXPECT_EQ(gateway().hears(ben), "hello");
    EXPECT_EQ(gateway().hears(ana), "hello");
    EXPECT_EQ(gateway().hears(ana), "many 0 2");
}

TEST_F(Send, to_many_reaches_and_counts_an_id_that_is_named_twice_once) {
    start();
    const ClientId ana = gateway().connect({.lane = 0});
    const ClientId ben = gateway().connect({.lane = 1});

    gateway().says(ana, "many hello " + id(ben) + " " + id(ana) + " " + id(ben));

    EXPECT_EQ(gateway().hears(ana), "hello");
    EXPECT_EQ(gateway().hears(ana), "many 0 2");
    EXPECT_EQ(gateway().count(ben, Action::Type::send), 1u);
}

TEST_F(Send, past_the_backlog_is_full_and_by_default_closes_with_1013) {
    settings.limits.backlog_bytes = 1000;
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();
    const std::string half(450, 'x');

    EXPECT_EQ(ask(ana, "say " + id(ben) + " " + half), ok);
    EXPECT_EQ(ask(ana, "say " + id(ben) + " " + half), ok);
    EXPECT_EQ(ask(ana, "say " + id(ben) + " " + half), backlog_full);
    EXPECT_EQ(ask(ana, "say " + id(ben) + " x"), gone) << "it is leaving";

    const Action close = gateway().closed_with(ben);
    EXPECT_EQ(close.number, 1013u);
    EXPECT_EQ(close.cause, link::Cause::limit);
    EXPECT_EQ(gateway().count(ben, Action::Type::send), 2u);
}

TEST_F(Send, credit_that_the_gateway_returns_makes_room_again) {
    settings.limits.backlog_bytes = 1000;
    settings.limits.backlog_policy = BacklogPolicy::drop_newest;
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();
    const std::string most(900, 'x');

    EXPECT_EQ(ask(ana, "say " + id(ben) + " " + most), ok);
    EXPECT_EQ(ask(ana, "say " + id(ben) + " " + most), backlog_full);
    gateway().takes(ben, 900);
    EXPECT_EQ(ask(ana, "say " + id(ben) + " " + most), ok);

    EXPECT_EQ(gateway().count(ben, Action::Type::close), 0u);
    EXPECT_EQ(gateway().count(ben, Action::Type::send), 2u);
}

TEST_F(Send, with_drop_oldest_the_newest_is_queued) {
    settings.limits.backlog_bytes = 1000;
    settings.limits.backlog_policy = BacklogPolicy::drop_oldest;
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();
    const std::string most(900, 'x');

    for (int i = 0; i < 4; ++i) EXPECT_EQ(ask(ana, "say " + id(ben) + " " + most), ok);
    EXPECT_EQ(ask(ana, "say " + id(ben) + " " + most), backlog_full) << "what is under way is bounded, too";

    EXPECT_EQ(gateway().count(ben, Action::Type::close), 0u);
}

TEST_F(Disconnect, asks_for_a_close_after_what_was_queued_before_with_cause_project) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();

    gateway().says(ana, "quiet " + id(ben) + " last words\nclose " + id(ben) + " 4123 that is enough");
    EXPECT_EQ(gateway().hears(ana), ok);
    const Action close = gateway().closed_with(ben);

    EXPECT_EQ(close.number, 4123u);
    EXPECT_EQ(close.cause, link::Cause::project);
    EXPECT_EQ(close.text, "that is enough");
    EXPECT_EQ(gateway().hears(ben), "last words");
    EXPECT_EQ(ask(ana, "close " + id(ben) + " 1000"), gone) << "it is leaving already";
    EXPECT_EQ(ask(ana, "say " + id(ben) + " hi"), gone);
    EXPECT_EQ(ask(ana, "exec " + id(ben) + " show"), gone);
}

TEST_F(Disconnect, accepts_the_codes_of_projects_and_no_others) {
    start();
    const ClientId ana = gateway().connect();

    for (const int code : {1, 999, 1004, 1005, 1006, 1010, 1015, 1016, 2999, 5000, 65535})
        EXPECT_EQ(ask(ana, "close 4711 " + std::to_string(code)), invalid) << code;
    for (const int code : {0, 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014, 3000, 4999})
        EXPECT_EQ(ask(ana, "close 4711 " + std::to_string(code)), gone) << code;
}

TEST_F(Disconnect, code_0_means_1000_and_a_reason_has_at_most_123_bytes) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();

    EXPECT_EQ(ask(ana, "close " + id(ben) + " 1000 " + std::string(124, 'x')), invalid);
    EXPECT_EQ(ask(ana, "close " + id(ben) + " 1000 \xff"), invalid);
    EXPECT_EQ(ask(ana, "close " + id(ben) + " 0 " + std::string(123, 'x')), ok);

    EXPECT_EQ(gateway().closed_with(ben).number, 1000u);
}

TEST_F(Execute, runs_a_named_procedure_in_the_clients_context_with_parameters_by_value) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();
    EXPECT_EQ(ask(ben, "set 9\nget"), "counter 9");

    EXPECT_EQ(ask(ana, "exec " + id(ben) + " show b:1 i:-5 r:1.5 t:text d:bytes c:77"), ok);

    EXPECT_EQ(gateway().hears(ben), "shown true -5 1.500000 text bytes client 77 counter 9");
}

TEST_F(Execute, in_oneself_is_queued_not_run_inline) {
    start();
    const ClientId ana = gateway().connect();

    gateway().says(ana, "exec " + id(ana) + " show\nset 3\nreply end of the handler");

    EXPECT_EQ(gateway().hears(ana), ok);
    EXPECT_EQ(gateway().hears(ana), "end of the handler");
    EXPECT_EQ(gateway().hears(ana), "shown counter 3");
}

TEST_F(Execute, keeps_order_from_one_sender_to_one_target) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();

    for (int round = 0; round < 5; ++round) {
        std::string commands;
        for (int i = 0; i < 10; ++i)
            commands += "exec " + id(ben) + " show i:" + std::to_string(round * 10 + i) + "\n";
        gateway().says(ana, commands);
        for (int i = 0; i < 10; ++i)
            ASSERT_EQ(gateway().hears(ben), "shown " + std::to_string(round * 10 + i) + " counter 0");
    }
}

TEST_F(Execute, unknown_procedures_and_wrong_parameters_are_invalid_at_once) {
    start();
    const ClientId ana = gateway().connect();

    EXPECT_EQ(ask(ana, "exec " + id(ana) + " nothing"), invalid);
    EXPECT_EQ(log.lines("a call of the project was refused", id(ana)).at(0).error,
              "there is no procedure \"nothing\"");
    EXPECT_EQ(ask(ana, "exec " + id(ana) + " add"), invalid);
    EXPECT_EQ(ask(ana, "exec " + id(ana) + " add t:five"), invalid);
    EXPECT_EQ(ask(ana, "exec " + id(ana) + " add i:1 i:2"), invalid);
    EXPECT_EQ(ask(ana, "exec " + id(ana) + " show n:"), invalid);
    EXPECT_EQ(ask(ana, "exec " + id(ana) + " show b:2"), invalid);
    EXPECT_EQ(ask(ana, "exec " + id(ana) + " show t:\xff"), invalid);
    EXPECT_EQ(ask(ana, "get"), "counter 0");
}

TEST_F(Execute, a_client_that_has_gone_drops_it_and_says_so_to_the_completion) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();
    gateway().closes(ben);

    EXPECT_EQ(ask(ana, "exec " + id(ben) + " show"), gone);
    EXPECT_EQ(ask(ana, "tell 7 " + id(ben) + " show"), gone);

    EXPECT_EQ(gateway().hears(ana), "told 7 2");
}

TEST_F(Execute, a_completion_tells_when_it_has_run_and_with_which_status) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();

    EXPECT_EQ(ask(ana, "tell 1 " + id(ben) + " add i:5"), ok);
    EXPECT_EQ(gateway().hears(ana), "told 1 0");
    EXPECT_EQ(ask(ana, "tell 2 0 fail"), ok);
    EXPECT_EQ(gateway().hears(ana), "told 2 5");
    EXPECT_EQ(ask(ben, "get"), "counter 5");
}

TEST_F(Execute, a_target_that_goes_while_it_is_held_answers_gone_to_the_completion) {
    settings.flags = BERTH_PROJECT_REPEATABLE;  // Held to the end of the handler.
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();

    gateway().says(ana, "tell 3 " + id(ben) + " show\nnote executed\nwait " + gate("go"));
    ASSERT_TRUE(log.sees("executed", 1, id(ana)));
    gateway().closes(ben);
    ASSERT_TRUE(gateway().is_released(ben));
    open_gate("go");

    EXPECT_EQ(gateway().hears(ana), ok);
    EXPECT_EQ(gateway().hears(ana), "told 3 2");
}

TEST_F(Execute, the_inbox_is_bounded_in_events_and_bytes_and_shared_with_messages) {
    settings.limits.inbox_events = 8;
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();
    gateway().says(ben, "reply begun\nwait " + gate("go"));
    EXPECT_EQ(gateway().hears(ben), "begun");

    for (int i = 0; i < 4; ++i) gateway().says(ben, "get");  // With the running one: 5.
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(ana, "exec " + id(ben) + " add i:1"), ok);
    EXPECT_EQ(ask(ana, "exec " + id(ben) + " add i:1"), backlog_full);
    for (int i = 0; i < 10; ++i) gateway().says(ben, "get");  // The gateway's messages are always taken.
    open_gate("go");

    for (int i = 0; i < 4; ++i) EXPECT_EQ(gateway().hears(ben), "counter 0");
    for (int i = 0; i < 10; ++i) EXPECT_EQ(gateway().hears(ben), "counter 3");
}

TEST_F(Execute, the_inbox_is_bounded_in_bytes) {
    settings.limits.inbox_bytes = 4000;
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();
    gateway().says(ben, "reply begun\nwait " + gate("go"));
    EXPECT_EQ(gateway().hears(ben), "begun");

    EXPECT_EQ(ask(ana, "exec " + id(ben) + " show t:" + std::string(3000, 'x')), ok);
    EXPECT_EQ(ask(ana, "exec " + id(ben) + " show t:" + std::string(3000, 'x')), backlog_full);
    open_gate("go");
    gateway().hears(ben);
    EXPECT_TRUE(berth::test::eventually(
        [&] { return ask(ana, "exec " + id(ben) + " show t:" + std::string(3000, 'x')) == ok; }));
}

TEST_F(Execute, a_failing_procedure_is_logged_and_closes_nobody) {
    start();
    const ClientId ana = gateway().connect();

    EXPECT_EQ(ask(ana, "tell 4 " + id(ana) + " fail"), ok);
    EXPECT_EQ(gateway().hears(ana), "told 4 5");

    EXPECT_EQ(log.lines("event failed", id(ana)).at(0).error, "the procedure says no");
    EXPECT_EQ(log.lines("event failed", id(ana)).at(0).event, "procedure fail");
    EXPECT_EQ(ask(ana, "reply still here"), "still here");
}

TEST_F(Execute, an_administrator_executes_what_is_meant_for_him_and_hears_how_it_ended) {
    start();
    const ClientId ana = gateway().connect();

    EXPECT_EQ(execute(ana, "add", {integer(6)}).status, BERTH_OK);
    EXPECT_EQ(ask(ana, "get"), "counter 6");
    EXPECT_EQ(execute(ClientId::global_service, "add", {integer(6)}).status, BERTH_OK);

    const Outcome failed = execute(ana, "fail", {});
    EXPECT_EQ(failed.status, BERTH_INVALID);
    EXPECT_EQ(failed.message, "the procedure says no");
    EXPECT_EQ(execute(ana, "nothing", {}).message, "project puppet has no procedure nothing");
    EXPECT_EQ(execute(ana, "wait", {text("x")}).message,
              "procedure wait is not for administrators; its author marks those that are with "
              "BERTH_PROCEDURE_ADMIN");
    EXPECT_EQ(execute(ana, "add", {text("x")}).message,
              "procedure add takes (integer number), parameter 1 is text");
    const Outcome gone_client = execute(ClientId{4242}, "add", {integer(1)});
    EXPECT_EQ(gone_client.status, BERTH_GONE);
    EXPECT_EQ(gone_client.message, "client 4242 is not connected");
}

TEST_F(Execute, what_waits_in_the_global_service_at_its_end_is_answered_as_gone) {
    make();
    ASSERT_TRUE(load());
    std::promise<Outcome> promise;
    worker().execute(ClientId::global_service, "add", {integer(1)},
                     [&](Outcome outcome) { promise.set_value(std::move(outcome)); });

    EXPECT_TRUE(stop());

    EXPECT_EQ(promise.get_future().get().status, BERTH_GONE);
}

TEST_F(Threads, of_a_project_call_the_host_and_what_they_send_goes_out_at_once) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect({.lane = 1});
    constexpr int messages = 200;

    gateway().says(ana, "thread " + id(ben) + " " + std::to_string(messages));
    gateway().says(ana, "thread " + id(ana) + " " + std::to_string(messages));

    for (const ClientId client : {ana, ben}) {
        for (int i = 0; i < messages; ++i)
            ASSERT_EQ(gateway().hears(client), "from a thread " + std::to_string(i));
        EXPECT_TRUE(berth::test::eventually([&] { return ask(client, "get") == "counter 200"; }));
    }
    ASSERT_TRUE(log.sees("thread has ended", 2));
    EXPECT_EQ(log.lines("thread has ended").at(0).event, "") << "no event runs on a thread of the project's own";
    EXPECT_TRUE(stop());
    EXPECT_EQ(log.count("stop counter 400"), 1u);
}

TEST_F(Threads, may_race_with_clients_that_go_and_with_the_stop) {
    start();

    for (int i = 0; i < 20; ++i) {
        const ClientId client = gateway().connect();
        gateway().says(client, "thread " + id(client) + " 50");
        gateway().closes(client);
    }

    EXPECT_TRUE(stop());
    EXPECT_EQ(log.count("disconnection"), 20u);
}

}  // namespace berth::host::worker::test
