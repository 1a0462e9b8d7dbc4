// SPDX-License-Identifier: MIT
/// SEMANTICS: limits per project: idle time, silent peers, backlog and its policies, event duration.
#include <fstream>
#include <future>

#include "integration/host/suite.hpp"

namespace berth::test {

using testing::HasSubstr;

class ProjectLimits : public BothIsolations {
protected:
    static HostOptions limited(const std::string& limits) {
        auto options = with({fixture_project("witness")}, "[project.witness.limits]\n" + limits + "\n");
        // A slow machine must not make slow readers out to be dead ones.
        options.host_limits = {"blocked_write = \"120 s\""};
        return options;
    }
    /// A client that reads nothing beyond a small buffer until it wants to.
    static WsClient slow_reader(const TestHost& host) {
        return {host.ws(), "/witness", {}, {.receive_buffer = 4096}};
    }
};
BERTH_BOTH_ISOLATIONS(ProjectLimits);

TEST_P(ProjectLimits, a_client_that_says_nothing_is_closed_with_1008_and_cause_limit) {
    TestHost host{limited("idle = \"2 s\"")};
    auto ana = host.connect("/witness");
    const auto id = ask(ana, "id");

    EXPECT_EQ(ana.closed().code, 1008u);

    EXPECT_TRUE(eventually([&] { return Events{host}.count("gone " + id + " 1008 4") == 1; }));
}

TEST_P(ProjectLimits, a_client_that_goes_on_talking_stays) {
    TestHost host{limited("idle = \"3 s\"")};
    auto ana = host.connect("/witness");

    for (int i = 0; i < 40; ++i) {
        ASSERT_EQ(ask(ana, "echo " + std::to_string(i)), std::to_string(i));
        ana.has_message(Deadline{std::chrono::milliseconds{100 / patience}});
    }
}

TEST_P(ProjectLimits, pings_keep_a_quiet_client_and_find_a_dead_one) {
    TestHost host{limited("ping = \"200 ms\"\npong = \"3 s\"")};
    auto quiet = host.connect("/witness"), dead = host.connect("/witness");
    const auto dead_id = ask(dead, "id");

    // Only `quiet` reads and so answers; `dead` does nothing at all.
    EXPECT_TRUE(eventually([&] {
        EXPECT_FALSE(quiet.has_message(Deadline{std::chrono::milliseconds{0}}));
        return Events{host}.count("gone " + dead_id) == 1;
    }));

    EXPECT_GE(quiet.pings(), 2u);
    EXPECT_TRUE(quiet.is_open());
    EXPECT_THAT(Events{host}.rest("gone " + dead_id).at(0), HasSubstr(" 5"));  // BERTH_BY_NETWORK
    EXPECT_EQ(ask(quiet, "echo still here"), "still here");
}

TEST_P(ProjectLimits, policy_close_ends_a_client_whose_backlog_is_full_with_1013) {
    TestHost host{limited("backlog = \"64 KiB\"\nbacklog_policy = \"close\"")};
    auto ana = host.connect("/witness"), ben = slow_reader(host);
    const auto ben_id = ask(ben, "id");

    EXPECT_THAT(ask(ana, "flood " + ben_id + " 5000 10000"),
                testing::AnyOf(HasSubstr("backlog full"), HasSubstr("gone")));

    EXPECT_EQ(ben.closed(Deadline{std::chrono::seconds{20}}).code, 1013u);
    EXPECT_TRUE(eventually([&] { return Events{host}.count("gone " + ben_id + " 1013 4") == 1; }));
    EXPECT_EQ(ask(ana, "echo still here"), "still here");
}

TEST_P(ProjectLimits, policy_drop_newest_keeps_the_oldest_messages_and_the_client) {
    TestHost host{limited("backlog = \"64 KiB\"\nbacklog_policy = \"drop_newest\"")};
    auto ana = host.connect("/witness"), ben = slow_reader(host);
    const auto ben_id = ask(ben, "id");
    for (int i = 0; i < 2000; ++i)
        ask(ana, "send " + ben_id + " " + std::to_string(i) + std::string(5000, '.'));

    EXPECT_TRUE(ben.hears().starts_with("0."));
    int last = 0, count = 1;
    while (ben.has_message(Deadline{std::chrono::seconds{1}})) {
        const int number = std::stoi(ben.hears());
        EXPECT_GT(number, last);
        last = number;
        ++count;
    }
    EXPECT_LT(count, 2000);
    EXPECT_TRUE(ben.is_open());
}

TEST_P(ProjectLimits, policy_drop_oldest_keeps_the_newest_messages_and_the_client) {
    TestHost host{limited("backlog = \"64 KiB\"\nbacklog_policy = \"drop_oldest\"")};
    auto ana = host.connect("/witness"), ben = slow_reader(host);
    const auto ben_id = ask(ben, "id");
    for (int i = 0; i < 2000; ++i)
        ask(ana, "send " + ben_id + " " + std::to_string(i) + std::string(5000, '.'));

    int last = -1, count = 0;
    while (last != 1999 && ben.has_message(Deadline::usual())) {
        const int number = std::stoi(ben.hears());
        EXPECT_GT(number, last);
        last = number;
        ++count;
    }
    EXPECT_EQ(last, 1999);
    EXPECT_LT(count, 2000);
}

TEST_P(ProjectLimits, a_message_over_the_limit_is_1009_and_cause_limit) {
    TestHost host{limited("message = \"1000 B\"")};
    auto ana = host.connect("/witness");
    const auto id = ask(ana, "id");
    EXPECT_EQ(ask(ana, "echo " + std::string(995, 'x')).size(), 995u);

    ana.says("echo " + std::string(996, 'x'));

    EXPECT_EQ(ana.closed().code, 1009u);
    EXPECT_TRUE(eventually([&] { return Events{host}.count("gone " + id + " 1009 4") == 1; }));
}

TEST_P(ProjectLimits, a_sender_that_is_faster_than_its_handler_is_slowed_down_not_cut) {
    TestHost host{limited("inbox_events = 8")};
    auto ana = host.connect("/witness");
    ana.says("sleep 500");
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(ana.says("echo " + std::to_string(i) + std::string(2000, '.')));

    EXPECT_EQ(ana.hears(), "slept");
    for (int i = 0; i < 500; ++i)
        EXPECT_EQ(ana.hears().substr(0, 4), (std::to_string(i) + "....").substr(0, 4));
}

TEST_P(ProjectLimits, what_many_say_to_handlers_that_sleep_is_bounded_and_handled_in_order_when_they_wake) {
    constexpr std::uint64_t bound = 1u << 20, slack = 640u << 10;
    constexpr std::size_t crowd = 12, rounds = 50, size = 10'000;
    TestHost host{limited("inbox = \"1 MiB\"\ninbox_events = 1000\ninbox_total = \"1 MiB\"\nhandler = \"5 min\"")};
    const auto over = host.directory() / "over";
    const auto waiting = [&] { return host.ask("stats").at("projects").at(0).at("inbox_bytes").get<std::uint64_t>(); };
    std::vector<WsClient> clients;
    for (std::size_t i = 0; i < crowd; ++i) clients.push_back(host.connect("/witness"));
    std::vector<std::future<bool>> sending;
    for (auto& client : clients) {
        sending.push_back(std::async(std::launch::async, [&] {
            bool is_sent = client.says("sleep_until " + over.string());
            for (std::size_t n = 0; n < rounds; ++n) {
                is_sent = is_sent && client.says("count" + std::string(size, ' ')) && client.says("echo round " + std::to_string(n));
            }
            return is_sent;
        }));
    }

    ASSERT_TRUE(eventually([&] { return waiting() >= bound; }));
    EXPECT_LE(waiting(), bound + slack);
    std::ofstream{over};
    for (std::size_t i = 0; i < crowd; ++i) {
        EXPECT_TRUE(sending[i].get());
        EXPECT_EQ(clients[i].hears(), "slept");
        for (std::size_t n = 0; n < rounds; ++n) {
            ASSERT_EQ(clients[i].hears(), std::to_string(n + 1));
            ASSERT_EQ(clients[i].hears(), "round " + std::to_string(n));
        }
    }
    EXPECT_TRUE(eventually([&] { return waiting() == 0; }));
}

TEST(Heartbeat, ends_a_gateway_whose_io_thread_an_inline_handler_keeps_and_the_next_one_serves) {
    HostOptions options;
    options.isolation = "none";
    options.projects = {fixture_project("witness")};
    options.host_limits = {"heartbeat = \"3 s\""};
    options.more = "[project.witness]\ninterval = \"1 h\"\nflags.inline = true\n";
    TestHost host{options};
    auto ana = host.connect("/witness");

    ana.says("spin 60000");

    EXPECT_EQ(ana.closed(Deadline{std::chrono::seconds{60}}).code, 1006u);
    EXPECT_TRUE(host.logs("did not answer for 3 s"));
    ASSERT_TRUE(host.project_is("witness", "open", Deadline{std::chrono::seconds{60}}));
    EXPECT_GE(host.ask("status").at("gateway").at("restarts"), 1);
    auto ben = host.connect("/witness");
    EXPECT_EQ(ask(ben, "echo back"), "back");
}

// In the gateway's own process a handler that never ends cannot be ended.
TEST(HandlerLimit, ends_the_worker_of_a_handler_that_takes_too_long_and_starts_another) {
    HostOptions options;
    options.projects = {fixture_project("witness"), shipped_project("echo")};
    options.more = "[project.witness.limits]\nhandler = \"3 s\"\n";
    TestHost host{options};
    auto ana = host.connect("/witness"), ben = host.connect("/witness"), cleo = host.connect("/echo");
    ask(ben, "echo here");

    ana.says("spin 60000");

    EXPECT_EQ(ana.closed(Deadline{std::chrono::seconds{20}}).code, 1011u);
    EXPECT_EQ(ben.closed(Deadline{std::chrono::seconds{20}}).code, 1012u);
    EXPECT_EQ(ask(cleo, "untouched"), "untouched");
    EXPECT_TRUE(eventually([&] { return host.project("witness").at("state") == "open"; },
                           Deadline{std::chrono::seconds{20}}));
    auto dora = host.connect("/witness");
    EXPECT_EQ(ask(dora, "echo back"), "back");
    EXPECT_EQ(host.project("witness").at("restarts"), 1);
}

}  // namespace berth::test
