// SPDX-License-Identifier: MIT
/// SEMANTICS: the order at stop, and what a stop leaves behind.
#include <csignal>

#include "integration/host/suite.hpp"

namespace berth::test {

class Stop : public BothIsolations {
protected:
    static void expect_order(const TestHost& host, std::size_t clients) {
        const Events events{host};
        EXPECT_EQ(events.count("load"), 1u);
        EXPECT_EQ(events.count("connection "), clients);
        EXPECT_EQ(events.count("gone "), clients);
        EXPECT_EQ(events.count("stop"), 1u);
        EXPECT_EQ(events.count("unload"), 1u);
        for (const auto& gone : events.rest("gone ")) EXPECT_THAT(gone, testing::HasSubstr(" 1001 7"));
        EXPECT_LE(events.after_last("gone "), events.first("stop"))
            << "the stop event comes after every disconnection";
        EXPECT_LT(events.first("stop"), events.first("destroy 0"))
            << "the global context goes after the stop event";
        EXPECT_LT(events.first("destroy 0"), events.first("unload"));
        EXPECT_EQ(events.after_last("destroy "), events.first("unload"))
            << "nothing happens between the last context and unload";
        EXPECT_EQ(events.count("create "), events.count("destroy "));
        EXPECT_EQ(host.log().find("worker died"), std::string::npos) << "an ordinary end is no death";
    }
};
BERTH_BOTH_ISOLATIONS(Stop);

TEST_P(Stop, closes_clients_with_1001_then_stops_the_global_service_then_unloads) {
    TestHost host{with({fixture_project("witness")})};
    std::vector<WsClient> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(host.connect("/witness"));

    ::kill(host.pid(), SIGTERM);

    for (auto& client : clients) EXPECT_EQ(client.closed(Deadline{std::chrono::seconds{30}}).code, 1001u);
    EXPECT_TRUE(eventually([&] { return Events{host}.count("unload") == 1; }));
    expect_order(host, 20);
    host.ends();
}

TEST_P(Stop, by_the_command_line_is_the_same) {
    TestHost host{with({fixture_project("witness")})};
    auto ana = host.connect("/witness");

    const auto result = host.cli({"stop"});

    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(ana.closed().code, 1001u);
    host.ends();
    expect_order(host, 1);
}

TEST_P(Stop, delivers_what_was_sent_before) {
    // More than the kernel's buffers hold, to a client that does not read yet.
    constexpr int count = 400, bytes = 32'000;
    auto options = with({fixture_project("witness")});
    options.limits = {"backlog = \"16 MiB\""};
    TestHost host{options};
    WsClient ana{host.ws(), "/witness", {}, {.receive_buffer = 16 << 10}};
    ASSERT_TRUE(ana.says("flood " + ask(ana, "id") + " " + std::to_string(count) + " " + std::to_string(bytes)));
    ASSERT_TRUE(eventually([&] { return host.ask("clients").at("clients").at(0).at("messages_out") == count + 2; }));
    ASSERT_GT(host.ask("clients").at("clients").at(0).at("backlog_bytes"), 0) << "nothing is pending";

    ::kill(host.pid(), SIGTERM);

    ASSERT_TRUE(host.logs("host is stopping"));
    const std::string whole(bytes, 'x');
    for (int i = 0; i < count; ++i) ASSERT_EQ(ana.hears(), whole) << "message " << i;
    EXPECT_EQ(ana.hears(), std::to_string(count) + " queued");
    EXPECT_EQ(ana.closed().code, 1001u);
    host.ends();
}

TEST_P(Stop, while_a_handler_runs_waits_for_it_within_its_limit) {
    TestHost host{with({fixture_project("witness")})};
    auto ana = host.connect("/witness");
    const auto id = ask(ana, "id");
    ana.says("sleep 1500");
    // The handler has begun when the message has been counted.
    ASSERT_TRUE(eventually([&] { return host.ask("clients").at("clients").at(0).at("messages_in") == 2; }));

    host.stop();

    const Events events{host};
    EXPECT_EQ(events.count("gone " + id), 1u);
    EXPECT_EQ(events.count("destroy " + id), 1u);
}

TEST_P(Stop, is_cut_short_by_a_second_signal) {
    auto options = with({fixture_project("witness")});
    options.limits = {"handler = \"2 min\"", "stop = \"2 min\""};
    options.host_limits = {"stop = \"2 min\""};
    TestHost host{options};
    auto ana = host.connect("/witness");
    ana.says("sleep 60000");
    ASSERT_TRUE(eventually([&] { return host.ask("clients").at("clients").at(0).at("messages_in") == 1; }));
    const auto processes = host.processes();

    ::kill(host.pid(), SIGTERM);
    ASSERT_TRUE(host.logs("host is stopping"));
    ::kill(host.pid(), SIGTERM);

    host.ends(128 + SIGTERM);
    EXPECT_TRUE(host.logs("second signal: ending at once"));
    for (const pid_t process : processes) EXPECT_TRUE(eventually([&] { return !is_alive(process); })) << process;
}

}  // namespace berth::test
