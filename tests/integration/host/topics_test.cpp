// SPDX-License-Identifier: MIT
// berth.topics/1 on the whole host.
#include "integration/host/suite.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;

class Topics : public BothIsolations {};
BERTH_BOTH_ISOLATIONS(Topics);

}  // namespace

TEST_P(Topics, are_heard_by_their_subscribers_on_every_io_thread) {
    HostOptions options = with({fixture_project("topics_plain")});
    options.io_threads = 3;
    TestHost host{options};
    std::vector<WsClient> clients;
    for (int i = 0; i < 9; ++i) clients.push_back(host.connect("/topics_plain"));
    auto ana = host.connect("/topics_plain");
    for (WsClient& client : clients) EXPECT_EQ(ask(client, "sub news"), "ok");
    EXPECT_EQ(ask(ana, "count news"), "9");

    // Each waits for the other: two clients' events have no order.
    ana.says("pub news hello");
    EXPECT_EQ(clients[1].hears(), "hello");
    EXPECT_EQ(ask(clients[1], "unsub news"), "ok");
    for (std::size_t i = 0; i < clients.size(); ++i) {
        if (i == 1) continue;
        EXPECT_EQ(clients[i].hears(), "hello");
    }
    clients[0].says("others news not me");

    for (std::size_t i = 2; i < clients.size(); ++i) EXPECT_EQ(clients[i].hears(), "not me");
    EXPECT_EQ(ask(clients[0], "count news"), "8");
    EXPECT_EQ(ask(ana, "count news"), "8") << "nothing was published for who has not subscribed";
}

TEST_P(Topics, keep_their_order_beside_what_is_sent) {
    TestHost host{with({fixture_project("topics_plain")})};
    auto ana = host.connect("/topics_plain?news");
    EXPECT_EQ(ana.hears(), "somebody has come") << "published in `connection`, after the subscription";

    ana.says("order news");
    ana.says("burst news 100");

    for (const char* text : {"before", "published", "after"}) EXPECT_EQ(ana.hears(), text);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(ana.hears(), std::to_string(i));
}

TEST_P(Topics, of_ten_thousand_are_found_as_the_only_one) {
    constexpr int client_count = 40, topics_each = 256;
    TestHost host{with({fixture_project("topics_plain")})};
    std::vector<WsClient> clients;
    for (int i = 0; i < client_count; ++i) {
        WsClient& client = clients.emplace_back(host.connect("/topics_plain"));
        for (int j = 0; j < topics_each; ++j) client.says("sub t" + std::to_string(i * topics_each + j));
    }
    for (WsClient& client : clients) {
        for (int j = 0; j < topics_each; ++j) ASSERT_EQ(client.hears(), "ok") << j;
        EXPECT_EQ(ask(client, "sub one-more"), "full");
    }

    auto ana = host.connect("/topics_plain");
    ana.says("pub t10239 last");
    EXPECT_EQ(clients.back().hears(), "last");
    ana.says("pub t0 first");
    EXPECT_EQ(clients.front().hears(), "first");
}

TEST_P(Topics, are_no_more_than_the_configuration_permits) {
    HostOptions options = with({fixture_project("topics_plain")});
    options.more += "[project.topics_plain.limits]\ntopics = 3\nsubscriptions = 2\n";
    TestHost host{options};
    auto ana = host.connect("/topics_plain"), ben = host.connect("/topics_plain");
    for (const char* command : {"sub a", "sub b"}) EXPECT_EQ(ask(ana, command), "ok");
    EXPECT_EQ(ask(ana, "sub c"), "full") << "of one client";
    EXPECT_EQ(ask(ben, "sub c"), "ok");
    EXPECT_EQ(ask(ben, "sub d"), "full") << "of the project";
    EXPECT_EQ(ask(ben, "unsub c"), "ok");
    EXPECT_EQ(ask(ben, "sub d"), "ok");
}

TEST_P(Topics, are_published_to_from_the_next_versions_load_on) {
    TestHost host{with({fixture_project("topics_plain")})};
    auto ana = host.connect("/topics_plain");
    EXPECT_EQ(ask(ana, "sub versions"), "ok");

    install_file(fixture_project("topics_plain_2"), host.plugins() / "topics_plain.so");

    EXPECT_EQ(ana.hears(Deadline{20s}), "2 is loaded");
    EXPECT_EQ(ana.hears(), "2 runs");
    EXPECT_EQ(ask(ana, "version"), "1") << "it has stayed";
}

TEST(TopicsAndCrashes, go_together_where_clients_stay) {
    TestHost host{{.projects = {fixture_project("topics_1")}}};
    auto ana = host.connect("/topics_1"), ben = host.connect("/topics_1"), cem = host.connect("/topics_1");
    EXPECT_EQ(ask(ana, "sub news"), "ok");

    cem.says("die");
    EXPECT_EQ(cem.closed().code, 1011u);

    EXPECT_TRUE(eventually([&] { return ask(ben, "count news") == "1"; })) << "in the next process";
    ben.says("pub news still there");
    EXPECT_EQ(ana.hears(), "still there");
}

TEST(TopicsAndRedeploys, go_together_where_clients_stay) {
    TestHost host{{.projects = {fixture_project("topics_1")}}};
    auto ana = host.connect("/topics_1"), ben = host.connect("/topics_1");
    EXPECT_EQ(ask(ana, "sub news"), "ok");

    install_file(fixture_project("topics_2"), host.plugins() / "topics_1.so");
    ASSERT_TRUE(eventually([&] { return ask(ben, "version") == "2"; }, Deadline{20s}));

    ASSERT_TRUE(eventually([&] { return ask(ben, "count news") == "1"; }));
    ben.says("pub news from the new one");
    EXPECT_EQ(ana.hears(), "from the new one");
}

}  // namespace berth::test
