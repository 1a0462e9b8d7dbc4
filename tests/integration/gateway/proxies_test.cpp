// SPDX-License-Identifier: MIT
// Who comes through a proxy that is trusted is told, limited and shut out by its own address, and a loopback peer that is none is
// believed nothing (RELIABILITY: C13).
#include "integration/gateway/survivors.hpp"
#include "support/private_network.hpp"

namespace berth::host::gateway::testing {

using test::Headers;
using test::RawClient;
using test::WsClient;

namespace {

constexpr auto far_proxy = "192.0.2.7";

Headers through(const std::string& addresses) { return {{"X-Forwarded-For", addresses}}; }

}  // namespace

/// Its clients come through a proxy on this machine, where nothing else is said.
class Proxied : public Survivors {
protected:
    Proxied() { trust({"127.0.0.1"}); }
    void trust(const std::vector<const char*>& networks) {
        host_rules.trusted_proxies.clear();
        for (const char* text : networks) host_rules.trusted_proxies.push_back(*IpNetwork::parse(text));
    }
    void reload() {
        std::promise<void> done;
        gateway->reconfigure({host_rules, {}, {}, {}}, [&](Result<void>) { done.set_value(); });
        done.get_future().get();
    }
    std::string address_of_first() {
        const ClientPage page = clients();
        return page.clients.empty() ? "nobody" : page.clients.front().address + ":" + std::to_string(page.clients.front().port);
    }
    int status_through(const std::string& addresses) { return RawClient(endpoint).ask("/p", through(addresses)).status; }
};

TEST_F(Proxied, are_told_to_project_and_administrator_by_the_address_that_the_proxy_names) {
    start(1);
    WsClient ana(endpoint, "/p", through("198.51.100.1, 203.0.113.7:4711"));

    EXPECT_TRUE(worker.heard("opening 1 ").starts_with("opening 1 203.0.113.7:4711 /p"));
    EXPECT_EQ(address_of_first(), "203.0.113.7:4711");
    EXPECT_EQ(clients({.address = "203.0.113.7"}).total, 1u);
    EXPECT_EQ(clients({.address = "127.0.0.1"}).total, 0u);
}

TEST_F(Proxied, are_the_proxy_itself_where_it_names_nobody) {
    start(1);
    WsClient ana(endpoint, "/p");
    EXPECT_TRUE(address_of_first().starts_with("127.0.0.1:"));
    WsClient ben(endpoint, "/p", through("nobody at all"));
    EXPECT_EQ(clients({.address = "127.0.0.1"}).total, 2u);
}

TEST_F(Proxied, are_believed_nothing_while_their_proxy_is_not_trusted) {
    trust({"10.0.0.0/8", "::1"});
    start(1);
    WsClient ana(endpoint, "/p", through("203.0.113.7"));
    EXPECT_TRUE(address_of_first().starts_with("127.0.0.1:"));
    trust({"127.0.0.0/8"});
    reload();

    WsClient ben(endpoint, "/p", through("203.0.113.7"));

    EXPECT_EQ(clients({.address = "203.0.113.7"}).total, 1u) << "a reload holds for those who come";
    EXPECT_EQ(clients({.address = "127.0.0.1"}).total, 1u);
}

TEST_F(Proxied, have_as_many_connections_as_an_address_may_have_though_the_proxy_is_loopback) {
    host_rules.connections_per_address = 2;
    start();
    std::vector<WsClient> of_ana;
    for (int i = 0; i < 2; ++i) of_ana.emplace_back(endpoint, "/p", through("203.0.113.7"));

    const auto refusal = RawClient(endpoint).ask("/p", through("203.0.113.7"));

    EXPECT_EQ(refusal.status, 429);
    EXPECT_EQ(refusal.body, "this address has as many connections as it may have\n");
    EXPECT_FALSE(refusal.header("Retry-After").empty());
    EXPECT_EQ(figures().refused["connections-per-address"], 1u);
    EXPECT_EQ(status_through("203.0.113.8"), 101) << "another client of the same proxy";
    EXPECT_EQ(RawClient(endpoint).ask("/p").status, 101) << "the proxy's own address is exempt";
    of_ana.pop_back();
    EXPECT_TRUE(test::eventually([&] { return status_through("203.0.113.7") == 101; }));
}

TEST_F(Proxied, have_as_many_connections_to_a_project_as_an_address_may_have) {
    rules.connections_per_address = 1;
    start();
    WsClient ana(endpoint, "/p", through("2001:db8::1"));
    EXPECT_EQ(status_through("2001:db8::ffff"), 429) << "the same network of 64 bits";
    EXPECT_EQ(status_through("2001:db8:0:1::1"), 101);
    EXPECT_EQ(figures().projects.at("p").refused["connections-per-address"], 1u);
}

TEST_F(Proxied, have_as_many_handshakes_under_way_as_an_address_may_have) {
    host_rules.handshakes_per_address = 1;
    worker.on_opening = [](link::ActionSink& to, const link::Opening& o) {
        if (o.path != "/p/wait") to.admitted(o.client, {});
    };
    start();
    RawClient silent(endpoint), waiting(endpoint);
    waiting.send(test::upgrade_request("/p/wait", through("203.0.113.7")));
    worker.heard("opening ");

    EXPECT_EQ(status_through("203.0.113.7"), 429);
    EXPECT_EQ(status_through("203.0.113.8"), 101);
    EXPECT_EQ(figures().refused["handshakes-per-address"], 1u);
    waiting.close();
    EXPECT_TRUE(test::eventually([&] { return status_through("203.0.113.7") == 101; }));
}

TEST_F(Proxied, connect_as_often_as_an_address_may_and_as_all_may_together) {
    host_rules.connection_rate = 1;
    start();
    int let_in = 0;
    while (status_through("203.0.113.7") == 101 && let_in < 200) ++let_in;
    EXPECT_GE(let_in, 5);
    EXPECT_EQ(figures().refused["connection-rate"], 1u);
    EXPECT_EQ(status_through("203.0.113.8"), 101);

    host_rules.connection_rate = 0;
    host_rules.handshake_rate = 1;
    reload();
    int status = 0;
    for (int i = 0; i < 200 && status != 503; ++i) status = status_through("203.0.113." + std::to_string(i));
    EXPECT_EQ(status, 503);
    EXPECT_EQ(RawClient(endpoint).ask("/p").status, 101) << "the proxy's own address is exempt";
}

TEST_F(Proxied, are_not_kept_out_by_what_their_far_proxy_has_open) {
    if (!test::enter_private_network(far_proxy)) GTEST_SKIP() << "this system gives no network namespace";
    host_rules.connections_per_address = host_rules.handshakes_per_address = 2;
    trust({far_proxy});
    start();
    const RawClient::Options from_proxy{.source = far_proxy};
    std::vector<RawClient> before_their_heads;
    for (int i = 0; i < 5; ++i) before_their_heads.emplace_back(endpoint, from_proxy);

    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(before_their_heads[static_cast<std::size_t>(i)].ask("/p", through("203.0.113." + std::to_string(i))).status, 101);
    EXPECT_EQ(status_through("203.0.113.1"), 101) << "loopback may say what it likes, and is not believed";
    EXPECT_EQ(clients({.address = "203.0.113.1"}).total, 1u);

    trust({});
    reload();
    EXPECT_EQ(RawClient(endpoint, from_proxy).reply().status, 429) << "no longer trusted, it has too many";
    before_their_heads.clear();
    EXPECT_TRUE(test::eventually([&] { return RawClient(endpoint, from_proxy).ask("/p").status == 101; }));
}

TEST_F(Proxied, are_shut_out_by_their_own_address_when_three_of_it_have_killed_the_project) {
    start(1);
    std::vector<WsClient> of_ana;
    for (int i = 0; i < 3; ++i) of_ana.emplace_back(endpoint, "/p", through("203.0.113.7"));
    WsClient ben(endpoint, "/p", through("203.0.113.8"));
    std::vector<std::unique_ptr<ScriptedWorker>> runs;
    dies({{ClientId{1}, "message", 1, true}});
    for (std::uint64_t run = 2; run <= 4; ++run) {
        bring(*runs.emplace_back(std::make_unique<ScriptedWorker>()), run);
        if (run < 4) dies_too(*runs.back(), run, {{ClientId{run}, "message", 1, true}});
    }

    EXPECT_EQ(status_through("203.0.113.7"), 429);
    EXPECT_EQ(figures().projects.at("p").refused["offender"], 1u);
    EXPECT_EQ(status_through("203.0.113.8"), 101);
    EXPECT_EQ(RawClient(endpoint).ask("/p").status, 101) << "never the proxy";
    ben.says("here");
    EXPECT_EQ(ben.hears(), "here");
}

TEST_F(Proxied, have_the_ports_of_their_pages_compared_by_the_scheme_that_the_proxy_says) {
    rules.origins = {"same-host"};
    start();
    const auto status = [&](Headers headers) {
        headers.emplace_back("X-Forwarded-For", "203.0.113.7");
        headers.emplace_back("Host", "chat.example.org");
        return RawClient(endpoint).ask("/p", headers).status;
    };
    EXPECT_EQ(status({{"Origin", "https://chat.example.org"}, {"X-Forwarded-Proto", "https"}}), 101) << "it need not be in hosts";
    EXPECT_EQ(status({{"Origin", "http://chat.example.org"}, {"X-Forwarded-Proto", "https"}}), 403);
    EXPECT_EQ(status({{"Origin", "http://chat.example.org"}, {"X-Forwarded-Proto", "http"}}), 101);
    EXPECT_EQ(status({{"Origin", "https://chat.example.org"}}), 101) << "ports are not compared where it says nothing";
    EXPECT_EQ(status({{"Origin", "https://evil.example"}, {"X-Forwarded-Proto", "https"}}), 403);
}

TEST_F(Proxied, from_elsewhere_are_not_let_in_by_a_name_of_loopback) {
    rules.hosts = {"chat.example.org"};
    start();
    const auto status = [&](const std::string& host, Headers headers) {
        headers.emplace_back("Host", host);
        return RawClient(endpoint).ask("/p", headers).status;
    };
    EXPECT_EQ(status("localhost:7681", {}), 101);
    EXPECT_EQ(status("localhost:7681", through("127.0.0.1")), 101) << "somebody on this machine";
    EXPECT_EQ(status("localhost:7681", through("203.0.113.7")), 421);
    EXPECT_EQ(status("chat.example.org", through("203.0.113.7")), 101);
}

TEST_F(Proxied, over_loopback_alone_do_not_make_a_page_by_its_name_a_proof) {
    rules.origins = {"same-host"};
    start();
    const Headers rebound{{"Host", "evil.example"}, {"Origin", "http://evil.example"}};
    EXPECT_EQ(RawClient(endpoint).ask("/p", rebound).status, 403) << "a browser on this machine, past the proxy";
    Headers through_proxy = rebound;
    through_proxy.emplace_back("X-Forwarded-For", "127.0.0.1");
    EXPECT_EQ(RawClient(endpoint).ask("/p", through_proxy).status, 403) << "a browser on this machine, through the proxy";
}

}  // namespace berth::host::gateway::testing
