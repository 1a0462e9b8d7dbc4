// SPDX-License-Identifier: MIT
// SEMANTICS: five events: connection, message, disconnection, stop. The global service's loop is in
// global_service_test.cpp.
#include "unit/worker/worker_fixture.hpp"

namespace berth::host::worker::test {

class Connection : public WorkerTest {};
class Message : public WorkerTest {};
class Disconnection : public WorkerTest {};
class Stop : public WorkerTest {};

TEST_F(Connection, a_client_is_accepted_speaks_and_is_gone) {
    start();

    const ClientId ana = gateway().connect();
    EXPECT_EQ(ask(ana, "reply hello"), "hello");
    EXPECT_TRUE(gateway().is_done(ana, 1));
    gateway().closes(ana, 1000, link::Cause::client, "bye");

    EXPECT_TRUE(gateway().is_released(ana));
    const auto gone = log.lines("disconnection 1000 cause 1 reason bye", id(ana));
    ASSERT_EQ(gone.size(), 1u);
    EXPECT_EQ(gone[0].event, "disconnection");
}

TEST_F(Connection, may_take_its_time_before_the_verdict) {
    start();

    const ClientId ana = gateway().ask({.query = "wait=" + gate("go")});
    ASSERT_TRUE(log.sees("connection", 1, id(ana)));
    EXPECT_EQ(gateway().count(ana, Action::Type::admitted), 0u);
    open_gate("go");

    EXPECT_EQ(gateway().verdict(ana).number, 0u);
}

TEST_F(Connection, may_refuse_with_a_status_and_a_reason_and_then_raises_no_disconnection) {
    start();

    const ClientId ana = gateway().ask({.query = "refuse=403&reason=not+from+there"});
    const Action verdict = gateway().verdict(ana);
    gateway().abandons(ana);

    EXPECT_EQ(verdict.number, 403u);
    EXPECT_EQ(verdict.text, "not from there|");
    EXPECT_TRUE(gateway().is_released(ana));
    EXPECT_EQ(log.count("destroy", id(ana)), 1u);
    EXPECT_EQ(log.count("disconnection", id(ana)), 0u);
}

TEST_F(Connection, may_choose_a_subprotocol_among_those_offered) {
    start();

    const ClientId ana = gateway().connect({.query = "sub=chat.v2", .subprotocols = {"chat.v1", "chat.v2"}});

    EXPECT_EQ(gateway().verdict(ana).text, "|chat.v2");
    EXPECT_NE(ask(ana, "facts").find("chose chat.v2 of chat.v1 chat.v2"), std::string::npos);
}

TEST_F(Connection, choosing_a_subprotocol_that_was_not_offered_refuses_with_500) {
    start();

    const ClientId ana = gateway().ask({.query = "sub=other", .subprotocols = {"chat.v1"}});

    EXPECT_EQ(gateway().verdict(ana).number, 500u);
    const auto lines = log.lines("admission can't be used", id(ana));
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].error, "sub-protocol \"other\" was not offered");
}

TEST_F(Connection, a_status_that_is_no_refusal_refuses_with_500) {
    start();

    const ClientId ana = gateway().ask({.query = "refuse=200"});

    EXPECT_EQ(gateway().verdict(ana).number, 500u);
    EXPECT_EQ(log.lines("admission can't be used", id(ana)).at(0).error,
              "status 200 is no refusal; use 400 to 599, or 0 to accept");
}

TEST_F(Connection, failing_refuses_with_500_and_says_nothing_of_it_to_the_client) {
    start();

    const ClientId failing = gateway().ask({.query = "fail=no+database"});
    const ClientId throwing = gateway().ask({.query = "throw=int"});

    EXPECT_EQ(gateway().verdict(failing).number, 500u);
    EXPECT_EQ(gateway().verdict(failing).text, "|");
    EXPECT_EQ(gateway().verdict(throwing).number, 500u);
    EXPECT_EQ(log.lines("event failed", id(failing)).at(0).error, "no database");
    EXPECT_EQ(log.lines("event failed", id(throwing)).at(0).error, "an exception that is not a std::exception");
}

TEST_F(Connection, globals_that_cannot_be_made_refuse_with_500) {
    set("create.fail", true);
    start();

    const ClientId ana = gateway().ask();

    EXPECT_EQ(gateway().verdict(ana).number, 500u);
    EXPECT_EQ(log.lines("event failed", id(ana)).at(0).error, "no globals today");
    EXPECT_EQ(log.count("connection", id(ana)), 0u);
    EXPECT_EQ(log.count("destroy", id(ana)), 0u);
}

TEST_F(Connection, what_it_sends_goes_out_after_the_verdict) {
    start();
    const ClientId ben = gateway().connect();

    const ClientId ana = gateway().connect({.query = "send=welcome&tell=" + id(ben)});
    EXPECT_EQ(gateway().hears(ana), "welcome");
    EXPECT_EQ(gateway().hears(ben), "somebody asks");

    const auto actions = gateway().actions();
    const auto first_to = [&](ClientId client, Action::Type type) {
        return std::find_if(actions.begin(), actions.end(),
                            [&](const Action& a) { return a.client == client && a.type == type; });
    };
    EXPECT_LT(first_to(ana, Action::Type::admitted), first_to(ana, Action::Type::send));
    EXPECT_LT(first_to(ana, Action::Type::admitted), first_to(ben, Action::Type::send));
}

TEST_F(Connection, nothing_of_it_leaves_before_the_verdict_however_long_it_takes_and_however_much_it_is) {
    start();
    const ClientId ben = gateway().connect();

    // Twice the bound at which a message's handler would stream, and a gate instead of the 10 ms.
    const ClientId ana = gateway().ask({.query = "wait=" + gate("go") + "&big=131072&tell=" + id(ben)});
    ASSERT_TRUE(log.sees("connection", 1, id(ana)));
    EXPECT_EQ(ask(ben, "reply meanwhile"), "meanwhile");
    EXPECT_TRUE(gateway().hears_nothing(ana));
    open_gate("go");

    EXPECT_EQ(gateway().hears(ana).size(), 131072u);
    EXPECT_EQ(gateway().hears(ben), "somebody asks");
}

TEST_F(Connection, what_a_refused_client_was_sent_is_dropped_but_not_what_went_to_others) {
    start();
    const ClientId ben = gateway().connect();

    const ClientId ana = gateway().ask({.query = "refuse=404&send=welcome&exec=show&tell=" + id(ben)});
    EXPECT_EQ(gateway().verdict(ana).number, 404u);

    EXPECT_EQ(gateway().hears(ben), "somebody asks");
    EXPECT_EQ(gateway().count(ana, Action::Type::send), 0u);
}

TEST_F(Connection, a_procedure_that_it_executes_in_itself_runs_once_it_is_accepted) {
    start();

    const ClientId ana = gateway().connect({.query = "exec=show&send=first"});

    EXPECT_EQ(gateway().hears(ana), "first");
    EXPECT_EQ(gateway().hears(ana), "shown counter 0");
}

TEST_F(Connection, a_client_that_it_disconnects_is_accepted_closed_and_gets_its_disconnection) {
    start();

    const ClientId ana = gateway().ask({.query = "close=4000"});
    EXPECT_EQ(gateway().verdict(ana).number, 0u);
    const Action close = gateway().closed_with(ana);
    const ClientId ben = gateway().connect();
    const std::string listed = ask(ben, "list");
    gateway().closes(ana, 4000, link::Cause::project, "at once");

    EXPECT_EQ(close.number, 4000u);
    EXPECT_EQ(close.cause, link::Cause::project);
    EXPECT_EQ(listed, "listed 4 " + id(ben));
    EXPECT_TRUE(log.sees("disconnection 4000 cause 2 reason at once", 1, id(ana)));
}

TEST_F(Connection, abandoned_before_its_turn_the_project_never_hears_of_it) {
    settings.limits.executors = 1;
    start();
    const ClientId busy = gateway().connect();
    gateway().says(busy, "reply begun\nwait " + gate("go"));
    EXPECT_EQ(gateway().hears(busy), "begun");

    const ClientId ana = gateway().ask();
    gateway().abandons(ana);
    open_gate("go");

    EXPECT_TRUE(gateway().is_released(ana));
    EXPECT_EQ(log.count("create", id(ana)), 0u);
    EXPECT_EQ(gateway().count(ana, Action::Type::admitted), 0u);
}

TEST_F(Connection, abandoned_while_it_decides_an_acceptance_still_gets_its_disconnection) {
    start();

    const ClientId ana = gateway().ask({.query = "send=welcome&wait=" + gate("go")});
    ASSERT_TRUE(log.sees("connection", 1, id(ana)));
    gateway().abandons(ana, 1006, link::Cause::network);
    open_gate("go");

    EXPECT_TRUE(gateway().is_released(ana));
    EXPECT_EQ(log.count("disconnection 1006 cause 5", id(ana)), 1u);
    EXPECT_EQ(gateway().count(ana, Action::Type::admitted), 0u);
    EXPECT_EQ(gateway().count(ana, Action::Type::send), 0u);
}

TEST_F(Connection, abandoned_after_it_accepted_gets_its_disconnection) {
    start();

    const ClientId ana = gateway().ask();
    gateway().verdict(ana);
    gateway().abandons(ana, 1006, link::Cause::limit);

    EXPECT_TRUE(gateway().is_released(ana));
    EXPECT_EQ(log.count("disconnection 1006 cause 4", id(ana)), 1u);
}

TEST_F(Message, text_and_buffer_come_whole_in_order_and_one_at_a_time) {
    start();
    const ClientId ana = gateway().connect();

    for (int i = 0; i < 200; ++i) gateway().says(ana, "reply " + std::to_string(i), i % 7 == 0);
    gateway().flush();
    gateway().sends_buffer(ana, std::string("\0\xff", 2));

    for (int i = 0; i < 200; ++i) ASSERT_EQ(gateway().hears(ana), std::to_string(i));
    EXPECT_EQ(gateway().hears(ana), std::string("\0\xff", 2));
    EXPECT_TRUE(gateway().is_done(ana, 201));
}

TEST_F(Message, failing_closes_with_1011_after_what_it_sent_is_logged_counted_and_others_go_on) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();

    gateway().says(ana, "reply before\nfail the table is locked");

    EXPECT_EQ(gateway().hears(ana), "before");
    const Action close = gateway().closed_with(ana);
    EXPECT_EQ(close.number, 1011u);
    EXPECT_EQ(close.cause, link::Cause::error);
    EXPECT_TRUE(gateway().is_done(ana, 1));
    const auto lines = log.lines("event failed", id(ana));
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].event, "message");
    EXPECT_EQ(lines[0].error, "the table is locked");
    EXPECT_EQ(worker().figures().errors, 1u);
    EXPECT_EQ(worker().figures().last_error, "message: the table is locked");
    EXPECT_EQ(ask(ben, "reply fine"), "fine");
}

TEST_F(Message, an_exception_that_leaves_it_is_an_error_like_any_other) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();
    const ClientId cem = gateway().connect();

    gateway().says(ana, "throw std");
    gateway().says(ben, "throw int");
    gateway().says(cem, "status 77");

    EXPECT_EQ(gateway().closed_with(ana).number, 1011u);
    EXPECT_EQ(gateway().closed_with(ben).number, 1011u);
    EXPECT_EQ(gateway().closed_with(cem).number, 1011u);
    EXPECT_EQ(log.lines("event failed", id(ana)).at(0).error, "exception: thrown by the project");
    EXPECT_EQ(log.lines("event failed", id(ben)).at(0).error, "an exception that is not a std::exception");
    EXPECT_EQ(log.lines("event failed", id(cem)).at(0).error, "status 77");
}

TEST_F(Message, what_it_sends_leaves_while_it_still_runs) {
    start();
    const ClientId ana = gateway().connect();

    gateway().says(ana, "reply working...\nwait " + gate("go") + "\nreply done");

    EXPECT_EQ(gateway().hears(ana), "working...");
    EXPECT_FALSE(std::filesystem::exists(gate("go")));
    open_gate("go");
    EXPECT_EQ(gateway().hears(ana), "done");
}

TEST_F(Message, what_it_sends_is_held_to_the_end_when_it_may_be_repeated) {
    settings.flags = BERTH_PROJECT_REPEATABLE;
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();

    gateway().says(ana, "big 200000\nexec " + id(ben) + " show\nwait " + gate("go"));
    // Several rounds of the ticker's 10 ms, seen from another client's conversation.
    for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(ben, "sleep 10\nreply " + std::to_string(i)), std::to_string(i));
    EXPECT_TRUE(gateway().hears_nothing(ana));
    open_gate("go");

    EXPECT_EQ(gateway().hears(ana).size(), 200000u);
    EXPECT_EQ(gateway().hears(ben), "shown counter 0");
}

TEST_F(Message, a_project_in_c_with_absent_hooks_is_served) {
    settings.library = project_file("plain");
    settings.project = "plain";
    start();

    const ClientId ana = gateway().connect();

    EXPECT_EQ(ask(ana, "hello from C"), "hello from C");
    gateway().closes(ana);
    EXPECT_TRUE(gateway().is_released(ana));
    EXPECT_TRUE(stop());
}

TEST_F(Message, a_project_without_any_hook_accepts_everybody_and_does_nothing) {
    settings.library = project_file("bare");
    settings.project = "bare";
    start();

    const ClientId ana = gateway().connect();
    gateway().says(ana, "is anybody there?");

    EXPECT_TRUE(gateway().is_done(ana, 1));
    EXPECT_EQ(gateway().count(ana, Action::Type::send), 0u);
    EXPECT_EQ(worker().service_figures().interval, Milliseconds(10'000)) << "the default";
    gateway().closes(ana);
    EXPECT_TRUE(gateway().is_released(ana));
}

TEST_F(Message, handlers_that_never_block_run_without_a_thread_of_their_own) {
    settings.flags = BERTH_PROJECT_INLINE;
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();

    gateway().says(ana, "set 5");

    // Handled when the link's thread comes back from flush: nothing to wait for.
    EXPECT_EQ(gateway().count(ana, Action::Type::done), 1u);
    EXPECT_EQ(ask(ben, "exec " + id(ana) + " add i:4"), "status 0");
    EXPECT_TRUE(berth::test::eventually([&] { return ask(ana, "get") == "counter 9"; }));
    gateway().closes(ana);
    EXPECT_TRUE(gateway().is_released(ana));
}

TEST_F(Message, of_a_handler_that_never_blocks_comes_after_what_was_queued_before_it) {
    settings.flags = BERTH_PROJECT_INLINE;
    start();
    const ClientId ana = gateway().connect();

    // Without a flush between them: each may be run as it comes.
    gateway().says(ana, "set 5\nexec " + id(ana) + " add i:4", false);
    gateway().says(ana, "get", false);
    gateway().flush();

    EXPECT_EQ(gateway().hears(ana), "status 0");
    EXPECT_EQ(gateway().hears(ana), "counter 9");
}

TEST_F(Message, of_a_handler_that_never_blocks_is_answered_in_order_past_the_bound_of_a_batch) {
    settings.flags = BERTH_PROJECT_INLINE;
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();

    for (int i = 1; i <= 50; ++i) gateway().says(ana, "set " + std::to_string(i) + "\nget", false);
    gateway().says(ben, "set 7\nget", false);
    gateway().flush();

    for (int i = 1; i <= 50; ++i) EXPECT_EQ(gateway().hears(ana), "counter " + std::to_string(i));
    EXPECT_EQ(gateway().hears(ben), "counter 7");
    EXPECT_EQ(gateway().count(ana, Action::Type::done), 50u);
}

TEST_F(Message, that_follows_a_close_asked_for_by_a_handler_that_never_blocks_is_acknowledged_alone) {
    settings.flags = BERTH_PROJECT_INLINE;
    start();
    const ClientId ana = gateway().connect();

    gateway().says(ana, "close " + id(ana) + " 1000 bye", false);
    gateway().says(ana, "set 1\nget", false);
    gateway().closes(ana);

    EXPECT_TRUE(gateway().is_released(ana));
    EXPECT_TRUE(gateway().is_done(ana, 2));
    EXPECT_EQ(gateway().count(ana, Action::Type::send), 0u);
}

TEST_F(Disconnection, comes_once_with_code_cause_and_reason_and_facts_and_globals_still_there) {
    start();
    const ClientId ana = gateway().connect({.query = "room=7", .path = "/puppet/x"});
    EXPECT_EQ(ask(ana, "set 42\nget"), "counter 42");

    gateway().closes(ana, 4001, link::Cause::administrator, "you know why");

    EXPECT_TRUE(gateway().is_released(ana));
    const auto lines = log.lines("disconnection", id(ana));
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].message.substr(0, 78),
              "disconnection 4001 cause 3 reason you know why send 2 counter 42 path 203.0.11");
    EXPECT_NE(lines[0].message.find("/puppet/x?room=7"), std::string::npos);
    EXPECT_TRUE(log.sees("destroy", 1, id(ana)));
}

TEST_F(Disconnection, sends_to_the_client_are_silent_no_ops) {
    start();
    const ClientId ana = gateway().connect();

    gateway().closes(ana);

    EXPECT_TRUE(gateway().is_released(ana));
    EXPECT_EQ(gateway().count(ana, Action::Type::send), 0u);
    EXPECT_EQ(worker().figures().errors, 0u);
}

TEST_F(Disconnection, comes_after_the_messages_that_were_completed_before) {
    start();
    const ClientId ana = gateway().connect();

    gateway().says(ana, "wait " + gate("go"), false);
    gateway().says(ana, "set 1", false);
    gateway().says(ana, "set 2", false);
    gateway().closes(ana);
    open_gate("go");

    EXPECT_TRUE(gateway().is_released(ana));
    EXPECT_EQ(log.count("disconnection 1000 cause 1 reason  send 2 counter 2", id(ana)), 1u);
}

TEST_F(Disconnection, messages_after_a_close_was_asked_for_are_dropped_but_acknowledged) {
    start();
    const ClientId ana = gateway().connect();

    EXPECT_EQ(ask(ana, "set 1\nreply first\nclose " + id(ana) + " 1000"), "first");
    gateway().closed_with(ana);
    ASSERT_TRUE(gateway().is_done(ana, 1));
    gateway().says(ana, "set 2");
    EXPECT_TRUE(gateway().is_done(ana, 2));
    gateway().closes(ana, 1000, link::Cause::project);

    EXPECT_TRUE(log.sees("disconnection 1000 cause 2 reason  send 2 counter 1", 1, id(ana)));
}

TEST_F(Disconnection, failing_is_logged_and_the_context_ends_all_the_same) {
    set("disconnection.fail", true);
    start();
    const ClientId ana = gateway().connect();

    gateway().closes(ana);

    EXPECT_TRUE(gateway().is_released(ana));
    EXPECT_EQ(log.lines("event failed", id(ana)).at(0).error, "the disconnection says no");
    EXPECT_EQ(log.count("destroy", id(ana)), 1u);
    EXPECT_TRUE(berth::test::eventually([&] { return worker().figures().contexts == 0; }));
}

TEST_F(Disconnection, every_client_gets_one_when_the_gateway_is_lost_and_a_new_gateway_is_served) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId asking = gateway().ask({.query = "wait=" + gate("go")});
    ASSERT_TRUE(log.sees("connection", 1, id(asking)));

    worker().gateway_lost();
    open_gate("go");
    FakeGateway next(worker(), 2, 1);
    worker().attach(next);

    EXPECT_TRUE(log.sees("disconnection 1006 cause 5", 1, id(ana)));
    EXPECT_TRUE(log.sees("disconnection 1006 cause 5", 1, id(asking)));
    const ClientId ben = next.connect();
    next.says(ben, "list");
    EXPECT_EQ(next.hears(ben), "listed 4 " + id(ben));
    EXPECT_EQ(gateway().count(ana, Action::Type::released), 0u);
    EXPECT_EQ(next.count(ana, Action::Type::released), 0u);
    TearDown();
}

TEST_F(Disconnection, exactly_one_for_each_of_many_clients_that_end_in_every_way) {
    start();
    constexpr int count = 300;
    std::vector<ClientId> accepted;

    for (int i = 0; i < count; ++i) {
        const ClientId client = gateway().ask({.query = i % 5 == 4 ? "refuse=403" : "", .lane = i % 2 == 0 ? 0u : 1u});
        switch (i % 5) {
            case 0: gateway().verdict(client); gateway().says(client, "set 1"); gateway().closes(client); break;
            case 1: gateway().verdict(client); gateway().says(client, "throw int"); gateway().closes(client, 1011); break;
            case 2: gateway().verdict(client); gateway().says(client, "close " + id(client) + " 3000");
                    gateway().closes(client, 3000, link::Cause::project); break;
            case 3: gateway().verdict(client); gateway().abandons(client); break;
            default: gateway().verdict(client); gateway().abandons(client); break;
        }
        if (i % 5 != 4) accepted.push_back(client);
        EXPECT_TRUE(gateway().is_released(client));
    }

    for (const ClientId client : accepted) EXPECT_EQ(log.count("disconnection", id(client)), 1u);
    EXPECT_EQ(log.count("disconnection"), accepted.size());
    EXPECT_EQ(log.count("create"), count + 1u);
    EXPECT_EQ(log.count("destroy"), static_cast<std::size_t>(count));
    EXPECT_TRUE(berth::test::eventually([&] { return worker().figures().contexts == 0; }));
}

TEST_F(Stop, comes_last_after_all_disconnections_then_the_global_context_ends_then_unload) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();
    EXPECT_EQ(ask(ana, "exec 0 add i:7"), "status 0");
    gateway().says(ben, "wait " + gate("go"));

    std::thread opener([&] {
        EXPECT_TRUE(log.sees("disconnection", 1, id(ana)));
        open_gate("go");
    });
    const auto stopped = stop();
    opener.join();

    EXPECT_TRUE(stopped) << stopped.error().message;
    std::vector<std::string> order;
    for (const LogLine& line : log.all()) {
        for (const char* word : {"disconnection 1001 cause 7", "stop counter 7", "destroy", "unload"}) {
            if (line.message.starts_with(word)) order.push_back(std::string(word) + (line.client == "0" ? " 0" : ""));
        }
    }
    ASSERT_GE(order.size(), 3u);
    const std::vector<std::string> last(order.end() - 3, order.end());
    EXPECT_EQ(last, (std::vector<std::string>{"stop counter 7 0", "destroy 0", "unload 0"}));
    EXPECT_EQ(std::count(order.begin(), order.end(), "disconnection 1001 cause 7"), 2);
}

TEST_F(Stop, is_bounded_and_names_what_did_not_end) {
    start();
    const ClientId ana = gateway().connect();
    EXPECT_EQ(ask(ana, "reply begun\nwait " + gate("go")), "begun");

    const auto stopped = stop(Milliseconds(50));
    open_gate("go");

    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().message,
              "project puppet: 1 clients' handlers did not end in time; the stop event was not run, end the process");
    EXPECT_EQ(log.count("stop counter"), 0u);
}

TEST_F(Stop, failing_is_logged_and_does_not_keep_it_from_ending) {
    set("stop.fail", true);
    start();

    EXPECT_TRUE(stop());

    EXPECT_EQ(log.lines("event failed").at(0).error, "the stop says no");
    EXPECT_EQ(log.count("unload"), 1u);
}

TEST_F(Stop, newcomers_are_refused_from_then_on) {
    set("stop.wait", gate("go"));
    start();

    std::promise<Result<void>> promise;
    worker().stop(std::chrono::seconds(10), [&](Result<void> result) { promise.set_value(std::move(result)); });
    const ClientId ana = gateway().ask();
    EXPECT_EQ(gateway().verdict(ana).number, 503u);
    gateway().abandons(ana);
    EXPECT_TRUE(gateway().is_released(ana));
    open_gate("go");

    EXPECT_TRUE(promise.get_future().get());
}

TEST_F(Stop, of_a_project_that_was_loaded_but_never_started_only_unloads) {
    make();
    ASSERT_TRUE(load());

    EXPECT_TRUE(stop());

    EXPECT_EQ(log.count("stop counter"), 0u);
    EXPECT_EQ(log.count("unload"), 1u);
}

}  // namespace berth::host::worker::test
