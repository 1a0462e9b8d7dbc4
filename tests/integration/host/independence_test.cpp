// SPDX-License-Identifier: MIT
/// SEMANTICS: the global service and every client run independently. With one client's handler asleep,
/// another's in a long database transaction and the global service busy, a hundred others go on.
#include <algorithm>
#include <iostream>
#include <thread>

#include "integration/host/suite.hpp"

namespace berth::test {

using std::chrono::steady_clock;

class Independence : public BothIsolations {
protected:
    static constexpr int others = 100;
    static constexpr int long_ms = 2000 * patience;

    /// Whether nothing has been answered yet.
    static bool is_busy(WsClient& client) { return !client.has_message(Deadline{std::chrono::milliseconds{0}}); }

    /// Every client sends, waits for the answer, sends again, until one of the busy ones is done; the time that each
    /// answer took of the rounds that ended before.
    static std::vector<double> echo_ms(std::vector<WsClient>& clients, WsClient& busy, WsClient& also_busy) {
        std::vector<double> all;
        for (int round = 0; !HasFailure(); ++round) {
            std::vector<double> took;
            std::vector<steady_clock::time_point> sent;
            for (auto& client : clients) {
                sent.push_back(steady_clock::now());
                client.says("echo " + std::to_string(round));
            }
            for (std::size_t i = 0; i < clients.size(); ++i) {
                EXPECT_EQ(clients[i].hears(), std::to_string(round));
                took.push_back(
                    std::chrono::duration<double, std::milli>(steady_clock::now() - sent[i]).count());
            }
            if (!is_busy(busy) || !is_busy(also_busy)) break;
            all.insert(all.end(), took.begin(), took.end());
        }
        std::sort(all.begin(), all.end());
        return all;
    }
};
BERTH_BOTH_ISOLATIONS(Independence);

TEST_P(Independence, others_go_on_while_one_sleeps_one_holds_a_transaction_and_the_global_service_is_busy) {
    TestHost host{with({fixture_project("witness")},
                       "[project.witness]\ninterval = \"0\"\nlimits = { handler = \"120 s\" }\n"
                       "[project.witness.settings]\nglobal_spins_ms = 200\n")};
    auto sleeper = host.connect("/witness"), holder = host.connect("/witness");
    ASSERT_EQ(ask(holder, "db create table notes (text text)"), "done");
    std::vector<WsClient> clients;
    for (int i = 0; i < others; ++i) clients.emplace_back(host.endpoint(i % 2 == 0), "/witness");
    sleeper.says("sleep " + std::to_string(long_ms));
    holder.says("hold " + std::to_string(long_ms) + " insert into notes values ('held')");

    const auto took = echo_ms(clients, sleeper, holder);

    ASSERT_GE(took.size(), clients.size()) << "some were answered only when the sleeper or the holder had ended";
    const double median = took[took.size() / 2], p99 = took[took.size() * 99 / 100];
    RecordProperty("p99_ms", std::to_string(p99));
    std::cout << took.size() << " echoes of " << others << " clients, all at once: median " << median << " ms, p99 " << p99
              << " ms (expected under 50 ms)\n";
    EXPECT_EQ(sleeper.hears(Deadline{std::chrono::seconds{20}}), "slept");
    EXPECT_EQ(holder.hears(Deadline{std::chrono::seconds{20}}), "held");
}

class Isolation : public BothIsolations {};
BERTH_BOTH_ISOLATIONS(Isolation);

TEST_P(Isolation, globals_temporary_tables_transactions_and_last_ids_of_200_clients_never_meet) {
    constexpr int clients = 200, threads = 4, rounds = 3;
    auto options = with({fixture_project("witness")}, "[project.witness.database]\nbusy = \"60 s\"\n");
    options.limits = {"ping = \"10 min\""};  // Who is not read for a whole round answers no pings.
    TestHost host{options};
    {
        auto first = host.connect("/witness");
        ASSERT_EQ(ask(first, "db create table notes (id integer primary key, who text not null)"), "done");
    }
    std::vector<std::thread> crowd;
    for (int t = 0; t < threads; ++t)
        crowd.emplace_back([&, t] {
            const Deadline patient{std::chrono::seconds{90}};
            std::vector<std::pair<std::string, WsClient>> mine;
            for (int i = t; i < clients; i += threads) {
                mine.emplace_back("client" + std::to_string(i),
                                  WsClient{host.endpoint(i % 3 == 0), "/witness"});
                auto& [name, client] = mine.back();
                EXPECT_EQ(ask(client,
                              "db create temp table own (who text); insert into own values ('" + name + "')",
                              patient),
                          "done");
            }
            for (int round = 1; round <= rounds; ++round)
                for (auto& [name, client] : mine) {
                    EXPECT_EQ(ask(client, "count", patient), std::to_string(round));
                    EXPECT_EQ(ask(client, "hold 1 insert into notes (who) values ('" + name + "')", patient),
                              "held");
                    EXPECT_EQ(
                        ask(client, "ask select who from notes where id = last_insert_rowid()", patient),
                        name);
                    const auto id = ask(client, "last", patient);
                    EXPECT_EQ(ask(client, "ask select who from notes where id = " + id, patient), name);
                    EXPECT_EQ(ask(client, "ask select group_concat(who) from own", patient), name);
                    EXPECT_EQ(
                        ask(client, "ask select cast(count(*) as text) from notes where who = '" + name + "'",
                            patient),
                        std::to_string(round));
                }
        });
    for (auto& thread : crowd) thread.join();

    auto last = host.connect("/witness");
    EXPECT_EQ(ask(last, "ask select cast(count(*) as text) from notes"), std::to_string(clients * rounds));
    EXPECT_EQ(ask(last, "ask select name from temp.sqlite_master"), "nothing");
}

}  // namespace berth::test
