// SPDX-License-Identifier: MIT
// SEMANTICS: contexts. Independence, own globals, own database connection, one queue each.
#include <map>

#include "unit/worker/worker_fixture.hpp"

namespace berth::host::worker::test {

class Contexts : public WorkerTest {};
class ContextDatabase : public WorkerTest {};

TEST_F(Contexts, a_handler_that_blocks_delays_no_other_context) {
    settings.limits.executors = 64;
    start();
    std::vector<ClientId> blocked;
    for (int i = 0; i < 40; ++i) {
        blocked.push_back(gateway().connect());
        gateway().says(blocked.back(), "reply blocked\nwait " + gate("go"));
    }
    for (const ClientId client : blocked) ASSERT_EQ(gateway().hears(client), "blocked");

    for (int i = 0; i < 20; ++i) {
        const ClientId other = gateway().connect();
        EXPECT_EQ(ask(other, "reply fine"), "fine");
    }
    EXPECT_GE(worker().figures().executors, 41u);
    EXPECT_TRUE(berth::test::eventually([&] { return worker().figures().busy == 40; }));
    open_gate("go");
}

TEST_F(Contexts, beyond_the_bound_on_executors_contexts_wait_and_the_global_service_does_not) {
    settings.limits.executors = 4;
    start();
    std::vector<ClientId> blocked;
    for (int i = 0; i < 4; ++i) {
        blocked.push_back(gateway().connect());
        gateway().says(blocked.back(), "reply blocked\nwait " + gate("go"));
        ASSERT_EQ(gateway().hears(blocked.back()), "blocked");
    }

    const ClientId waiting = gateway().ask();
    EXPECT_TRUE(berth::test::eventually([&] { return worker().figures().queued == 1; }));
    EXPECT_EQ(execute(ClientId::global_service, "add", {integer(1)}).status, BERTH_OK);
    EXPECT_EQ(worker().figures().executors, 4u);
    open_gate("go");

    EXPECT_EQ(gateway().verdict(waiting).number, 0u);
}

TEST_F(Contexts, a_flood_of_one_client_does_not_starve_another) {
    settings.limits.executors = 1;
    start();
    const ClientId flood = gateway().connect();
    const ClientId calm = gateway().connect();

    for (int i = 0; i < 5000; ++i) gateway().says(flood, "reply x", false);
    gateway().says(calm, "reply calm", false);
    gateway().flush();

    EXPECT_EQ(gateway().hears(calm), "calm");
    EXPECT_LT(gateway().count(flood, Action::Type::send), 5000u) << "the other had not to wait for all of them";
    EXPECT_TRUE(gateway().is_done(flood, 5000));
}

TEST_F(Contexts, globals_are_fresh_for_each_and_never_meet_under_200_clients) {
    start();
    std::vector<ClientId> clients;
    for (int i = 0; i < 200; ++i) clients.push_back(gateway().connect({.lane = i % 2 == 0 ? 0u : 1u}));

    for (std::size_t i = 0; i < clients.size(); ++i) gateway().says(clients[i], "get\nset " + std::to_string(i));
    for (int round = 0; round < 5; ++round) {
        for (std::size_t i = 0; i < clients.size(); ++i)
            gateway().says(clients[i], "exec " + id(clients[(i + 1) % clients.size()]) + " add i:1000");
    }
    for (const ClientId client : clients) {
        EXPECT_EQ(gateway().hears(client), "counter 0");
        for (int round = 0; round < 5; ++round) EXPECT_EQ(gateway().hears(client), "status 0");
    }

    for (std::size_t i = 0; i < clients.size(); ++i) {
        const std::string expected = "counter " + std::to_string(i + 5000);
        EXPECT_TRUE(berth::test::eventually([&] { return ask(clients[i], "get") == expected; })) << expected;
    }
}

TEST_F(Contexts, memory_effects_of_one_event_are_visible_to_the_next_whatever_thread_runs_it) {
    start();  // The thread sanitizer watches; the puppet watches that no two overlap.
    const ClientId ana = gateway().connect();
    std::vector<ClientId> others;
    for (int i = 0; i < 8; ++i) others.push_back(gateway().connect());

    for (int i = 0; i < 100; ++i) {
        for (const ClientId other : others) gateway().says(other, "exec " + id(ana) + " add i:1", false);
        gateway().says(ana, "sleep 0", false);
        gateway().flush();
        if (i % 5 != 4) continue;
        for (const ClientId other : others) {
            for (int n = 0; n < 5; ++n) EXPECT_NE(gateway().hears(other), "status 5");
        }
    }

    EXPECT_TRUE(gateway().is_done(ana, 100));
}

TEST_F(ContextDatabase, each_context_has_its_own_connection_under_200_clients) {
    settings.database.connections = 201;
    settings.database.busy = std::chrono::seconds(120);
    start();
    std::vector<ClientId> clients;
    for (int i = 0; i < 200; ++i) clients.push_back(gateway().connect());
    ASSERT_EQ(ask(clients[0], "sql create table t (id integer primary key, owner integer)"), "status 0");

    for (std::size_t i = 0; i < clients.size(); ++i) {
        const std::string number = std::to_string(i);
        gateway().says(clients[i], "sql create temp table mine (x); insert into mine values (" + number +
                                       ")\nbegin write\nsql insert into t (owner) values (" + number +
                                       ")\ncommit\nask select count(*) from mine\nask select x from mine\n"
                                       "ask select owner from t where id = last_insert_rowid()");
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
        for (int n = 0; n < 4; ++n) ASSERT_EQ(gateway().hears(clients[i]), "status 0") << i;
        EXPECT_EQ(gateway().hears(clients[i]), "1");
        EXPECT_EQ(gateway().hears(clients[i]), std::to_string(i));
        EXPECT_EQ(gateway().hears(clients[i]), std::to_string(i));
    }
    EXPECT_EQ(ask(clients[7], "ask select count(*) from t"), "200");
    EXPECT_EQ(worker().figures().databases, 200u);

    for (const ClientId client : clients) gateway().closes(client);
    for (const ClientId client : clients) ASSERT_TRUE(gateway().is_released(client));
    EXPECT_EQ(worker().figures().databases, 0u);
}

TEST_F(ContextDatabase, is_opened_on_first_use_and_closed_with_the_context) {
    start();
    const ClientId ana = gateway().connect();
    EXPECT_EQ(worker().figures().databases, 0u);

    EXPECT_EQ(ask(ana, "ask select 1"), "1");
    EXPECT_EQ(worker().figures().databases, 1u);
    gateway().closes(ana);

    EXPECT_TRUE(gateway().is_released(ana));
    EXPECT_EQ(worker().figures().databases, 0u);
}

TEST_F(ContextDatabase, a_transaction_left_open_is_rolled_back_at_the_end_of_the_event_and_logged) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();
    ASSERT_EQ(ask(ana, "sql create table t (x)"), "status 0");

    gateway().says(ana, "begin write\nsql insert into t values (1)");
    EXPECT_EQ(gateway().hears(ana), "status 0");
    EXPECT_EQ(gateway().hears(ana), "status 0");
    EXPECT_EQ(ask(ben, "sql insert into t values (2)"), "status 0");

    EXPECT_EQ(ask(ana, "ask select count(*) from t"), "1");
    EXPECT_EQ(log.count("a transaction was still open at the end of the event", id(ana)), 1u);
}

TEST_F(ContextDatabase, a_failing_event_rolls_its_transaction_back) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();
    ASSERT_EQ(ask(ana, "sql create table t (x)"), "status 0");

    gateway().says(ana, "begin write\nsql insert into t values (1)\nthrow int");
    gateway().closed_with(ana);

    EXPECT_EQ(ask(ben, "ask select count(*) from t"), "0");
}

TEST_F(ContextDatabase, statements_left_are_finalized_at_the_end_of_the_event_and_logged) {
    start();
    const ClientId ana = gateway().connect();

    EXPECT_EQ(ask(ana, "leave select 5"), "5");
    EXPECT_EQ(ask(ana, "ask select 6"), "6");

    EXPECT_EQ(log.count("statements were not finalized", id(ana)), 1u);
}

TEST_F(ContextDatabase, errors_have_a_code_and_a_sentence) {
    start();
    const ClientId ana = gateway().connect();

    EXPECT_EQ(ask(ana, "ask selct 1"), "status 5");
    EXPECT_NE(ask(ana, "dberror").find("syntax error"), std::string::npos);
    EXPECT_EQ(ask(ana, "ask select * from nowhere"), "status 5");
    EXPECT_EQ(ask(ana, "commit"), "status 5") << "none is open";
}

TEST_F(ContextDatabase, past_the_cap_a_context_waits_and_then_gets_a_sentence) {
    settings.database.connections = 1;
    settings.database.busy = Milliseconds(20);
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().connect();
    EXPECT_EQ(ask(ana, "ask select 1"), "1");

    EXPECT_EQ(ask(ben, "ask select 1"), "status 1");
    EXPECT_EQ(log.count("a database connection could not be opened", id(ben)), 1u);
    EXPECT_TRUE(ask(ben, "dberror").starts_with("dberror 14 "));
    gateway().closes(ana);
    ASSERT_TRUE(gateway().is_released(ana));

    EXPECT_EQ(ask(ben, "ask select 1"), "1");
}

}  // namespace berth::host::worker::test
