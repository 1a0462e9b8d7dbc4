// SPDX-License-Identifier: MIT
/// SEMANTICS: the five server functions, and the global service.
#include "integration/host/suite.hpp"

namespace berth::test {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Functions : public BothIsolations {
protected:
    // `witness` runs so seldom that what the global service does is done between two runs.
    TestHost host_{with({fixture_project("witness")},
                        "[project.witness]\ninterval = \"1 h\"\nlimits = { backlog = \"64 KiB\", "
                        "backlog_policy = \"drop_newest\" }\n")};
};
BERTH_BOTH_ISOLATIONS(Functions);

TEST_P(Functions, list_clients_is_a_snapshot_of_who_is_connected) {
    auto ana = host_.connect("/witness");
    const auto ana_id = ask(ana, "id");
    std::string ben_id;
    {
        auto ben = host_.connect("/witness");
        ben_id = ask(ben, "id");
        EXPECT_THAT(ask(ana, "clients"), testing::AllOf(HasSubstr(ana_id), HasSubstr(ben_id)));
        ben.closes();
        ben.closed();
    }

    EXPECT_TRUE(eventually([&] { return ask(ana, "clients").find(ben_id) == std::string::npos; }));
    EXPECT_EQ(ask(ana, "clients"), ana_id + " ");
}

TEST_P(Functions, send_reaches_another_client) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");
    const auto ben_id = ask(ben, "id");

    EXPECT_EQ(ask(ana, "send " + ben_id + " hi ben"), "queued");

    EXPECT_EQ(ben.hears(), "hi ben");
}

TEST_P(Functions, send_says_when_a_client_has_gone) {
    auto ana = host_.connect("/witness");
    std::string ben_id;
    {
        auto ben = host_.connect("/witness");
        ben_id = ask(ben, "id");
    }

    EXPECT_TRUE(eventually([&] { return ask(ana, "send " + ben_id + " hi") == "gone"; }));
    EXPECT_EQ(ask(ana, "send 12345 hi"), "gone");
}

TEST_P(Functions, send_keeps_the_order_for_each_client) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");
    const auto ben_id = ask(ben, "id");
    for (int i = 0; i < 200; ++i) ana.says("send " + ben_id + " " + std::to_string(i));

    for (int i = 0; i < 200; ++i) ASSERT_EQ(ben.hears(), std::to_string(i));
}

TEST_P(Functions, send_says_backlog_full_for_a_client_that_does_not_read) {
    auto ana = host_.connect("/witness");
    WsClient ben{host_.ws(), "/witness", {}, {.receive_buffer = 4096}};
    const auto ben_id = ask(ben, "id");

    EXPECT_THAT(ask(ana, "flood " + ben_id + " 5000 10000"), HasSubstr("backlog full"));

    EXPECT_EQ(ask(ana, "echo still here"), "still here");
}

TEST_P(Functions, send_many_reaches_clients_of_every_thread_once_however_often_they_are_named) {
    TestHost host{with({fixture_project("puppet")})};
    std::vector<WsClient> clients;
    for (int i = 0; i < 6; ++i) clients.push_back(host.connect("/puppet"));
    const std::string listed = ask(clients[0], "list");
    const std::string ids = listed.substr(listed.find(' ', std::string_view("listed ").size()));

    for (int round = 0; round < 2; ++round) {
        clients[0].says("many hello" + ids + ids + " 424242");
        for (auto& client : clients) EXPECT_EQ(client.hears(), "hello");
        EXPECT_EQ(clients[0].hears(), "many 0 6");
    }
}

TEST_P(Functions, disconnect_closes_with_code_and_reason_after_what_was_sent_before) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");
    const auto ben_id = ask(ben, "id");
    ana.says("send " + ben_id + " last words");
    ana.says("disconnect " + ben_id + " 4007 too loud");

    EXPECT_EQ(ben.hears(), "last words");
    const auto closed = ben.closed();
    EXPECT_EQ(closed.code, 4007u);
    EXPECT_EQ(closed.reason, "too loud");
    EXPECT_TRUE(eventually([&] { return Events{host_}.count("gone " + ben_id + " 4007 2 too loud") == 1; }));
}

TEST_P(Functions, disconnect_has_the_code_1000_by_default_and_refuses_codes_that_are_nobodys) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");
    const auto ben_id = ask(ben, "id");
    EXPECT_EQ(ask(ana, "disconnect " + ben_id + " 0"), "queued");
    EXPECT_EQ(ben.closed().code, 1000u);

    for (const auto* code : {"999", "1004", "1005", "1006", "1015", "2999", "5000"}) {
        auto cleo = host_.connect("/witness");
        const auto own = ask(cleo, "id");
        cleo.says("disconnect " + own + " " + code);
        EXPECT_EQ(cleo.closed().code, 1011u) << code;
    }
}

TEST_P(Functions, disconnect_refuses_a_reason_that_does_not_fit) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");
    ana.says("disconnect " + ask(ana, "id") + " 4000 " + std::string(123, 'r'));
    EXPECT_EQ(ana.closed().reason, std::string(123, 'r'));

    ben.says("disconnect " + ask(ben, "id") + " 4000 " + std::string(124, 'r'));
    EXPECT_EQ(ben.closed().code, 1011u);
}

TEST_P(Functions, execute_runs_in_the_other_clients_globals) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");
    ask(ben, "count");
    ask(ben, "count");

    EXPECT_EQ(ask(ana, "execute " + ask(ben, "id") + " this"), "queued");

    EXPECT_EQ(ben.hears(), "noted this as 3");
    EXPECT_EQ(ask(ana, "count"), "1");
}

TEST_P(Functions, execute_to_oneself_is_queued_not_run_inline) {
    auto ana = host_.connect("/witness");
    ana.says("execute " + ask(ana, "id") + " myself");

    EXPECT_EQ(ana.hears(), "queued");
    EXPECT_EQ(ana.hears(), "noted myself as 1");
}

TEST_P(Functions, a_completion_says_that_it_has_run_or_that_the_client_has_gone) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");
    const auto ben_id = ask(ben, "id");
    ana.says("told " + ben_id + " you");
    EXPECT_EQ(ana.hears(), "queued");
    EXPECT_EQ(ana.hears(), "told 0");

    ana.says("told 12345 nobody");
    EXPECT_EQ(ana.hears(), "gone");
    EXPECT_EQ(ana.hears(), "told 2");  // BERTH_GONE
}

TEST_P(Functions, the_inbox_of_a_context_is_bounded) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");
    const auto ben_id = ask(ben, "id");
    ben.says("sleep " + std::to_string(3000 * patience));

    // Two clients' messages have no order: it may be that he sleeps only now.
    EXPECT_TRUE(eventually([&] {
        const std::string answer = ask(ana, "busy " + ben_id + " 1000");
        return answer.ends_with(" backlog full") && std::stoi(answer) < 1000;
    }));

    EXPECT_EQ(ben.hears(), "slept");
    EXPECT_TRUE(eventually([&] { return ask(ana, "busy " + ben_id + " 1") == "1 queued"; }));
}

TEST_P(Functions, the_global_service_serves_procedures_at_once_when_idle) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");

    EXPECT_EQ(ask(ana, "global one"), "recorded one, 1 so far");
    EXPECT_EQ(ask(ben, "global two"), "recorded two, 2 so far");
    EXPECT_EQ(ask(ana, "runs"), "1") << "it ran right after the start and not again";
}

class GlobalService : public BothIsolations {};
BERTH_BOTH_ISOLATIONS(GlobalService);

TEST_P(GlobalService, runs_at_the_interval_that_the_configuration_overrides) {
    TestHost host{with({fixture_project("witness")}, "[project.witness]\ninterval = \"50 ms\"\n")};
    auto ana = host.connect("/witness");

    EXPECT_TRUE(eventually([&] { return std::stoi(ask(ana, "runs")) >= 10; }));
    EXPECT_EQ(host.ask("service", {{"project", "witness"}}).at("interval_ms"), 50);
}

TEST_P(GlobalService, serves_procedures_between_runs_even_at_interval_0) {
    TestHost host{
        with({fixture_project("witness")},
             "[project.witness]\ninterval = \"0\"\n[project.witness.settings]\nglobal_sleeps_ms = 20\n")};
    auto ana = host.connect("/witness");

    for (int i = 1; i <= 20; ++i)
        EXPECT_EQ(ask(ana, "global x"), "recorded x, " + std::to_string(i) + " so far");
    EXPECT_GT(std::stoi(ask(ana, "runs")), 1);
}

TEST_P(GlobalService, counts_the_ticks_that_it_missed) {
    TestHost host{with(
        {fixture_project("witness")},
        "[project.witness]\ninterval = \"100 ms\"\n[project.witness.settings]\nglobal_sleeps_ms = 350\n")};

    EXPECT_TRUE(eventually([&] { return host.ask("service", {{"project", "witness"}}).at("missed") >= 6; }));
    const auto service = host.ask("service", {{"project", "witness"}});
    EXPECT_GE(service.at("last_ms"), 340);
    EXPECT_GE(service.at("missed").get<int>(), 2 * service.at("runs").get<int>() - 4);
}

TEST_P(GlobalService, that_fails_goes_on_at_its_next_interval) {
    TestHost host{
        with({fixture_project("witness"), shipped_project("echo")},
             "[project.witness]\ninterval = \"100 ms\"\n[project.witness.settings]\nglobal_throws = true\n")};

    EXPECT_TRUE(host.logs("does not feel well"));
    EXPECT_TRUE(eventually([&] {
        return host.ask("service", {{"project", "witness"}}).value("runs", 0) >= 3;
    }));
    auto ana = host.connect("/echo");
    EXPECT_EQ(ask(ana, "fine"), "fine");
}

}  // namespace berth::test
