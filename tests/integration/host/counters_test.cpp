// SPDX-License-Identifier: MIT
/// RELIABILITY §4.1: every limit has a counter, and each one counts. Walks the gateway's own list of limits and hits each on a
/// real host; then it must stand in `berth status --json` and in /metrics.
#include <linux/filter.h>
#include <sys/socket.h>

#include <fstream>
#include <functional>
#include <regex>

#include "gateway/limit_names.hpp"
#include "integration/host/suite.hpp"
#include "support/tls_flood.hpp"

namespace berth::test {

using nlohmann::json;
using host::gateway::limit_names;

namespace {

/// How a limit is hit: what is configured below [host.limits] and [defaults.limits], and what a client then does.
struct Drive {
    std::vector<std::string> host_limits{};
    std::vector<std::string> limits{};
    std::function<void(TestHost&)> hit;
};

/// A client that does nothing by itself: no pong, no answer to a close.
RawClient raw(TestHost& host) {
    RawClient client{host.ws()};
    client.open("/witness");
    return client;
}

/// A client that has much sent to itself and does not read it.
void floods_itself(TestHost& host, std::size_t bytes) {
    WsClient client{host.ws(), "/witness", {}, {.receive_buffer = 4096}};
    const auto id = ask(client, "id");
    client.says("flood " + id + " " + std::to_string(bytes / 10'000) + " 10000");
    static_cast<void>(eventually([&] { return host.project("witness").at("limit_hits") != json::object(); }));
}

/// Whoever is told to hang up and does not.
void ignores_its_close(TestHost& host) {
    RawClient client = raw(host);
    EXPECT_EQ(host.ask("disconnect", {{"project", "witness"}}).at("count"), 1);
    client.wait_end();
}

/// Nothing that is sent to it arrives any more, as if its machine had lost the network.
void vanishes(TestHost& host) {
    RawClient client = raw(host);
    sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    const sock_fprog program{.len = 1, .filter = &drop};
    ASSERT_EQ(::setsockopt(client.fd(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
    EXPECT_TRUE(eventually([&] { return host.ask("clients").at("total") == 0; }, Deadline{std::chrono::seconds{20}}));
}

void sends(TestHost& host, const std::vector<Frame>& frames, const Encoding& encoding = {}) {
    RawClient client = raw(host);
    for (const Frame& frame : frames) client.send(frame, encoding);
    client.wait_end();
}

std::vector<Frame> times(std::size_t count, const Frame& frame) { return std::vector<Frame>(count, frame); }

const std::map<std::string_view, Drive>& drives() {
    static const Frame begun{.opcode = opcode::text, .payload = "x", .fin = false};
    static const Frame more{.opcode = opcode::continuation, .payload = "x", .fin = false};
    static const std::map<std::string_view, Drive> all{
        {"backlog", {{}, {"backlog = \"64 KiB\""}, [](TestHost& host) { floods_itself(host, 5'000'000); }}},
        {"blocked-write", {{"blocked_write = \"300 ms\""}, {"backlog = \"16 MiB\""}, [](TestHost& host) { floods_itself(host, 9'000'000); }}},
        {"close", {{"close = \"200 ms\""}, {}, ignores_its_close}},
        {"control-frames", {{}, {"control_frames = 1"}, [](TestHost& host) { sends(host, times(30, {.opcode = opcode::ping})); }}},
        {"fragments", {{}, {"fragments = 2"}, [](TestHost& host) { sends(host, {begun, more, more}); }}},
        {"idle", {{}, {"idle = \"200 ms\""}, [](TestHost& host) { host.connect("/witness").closed(); }}},
        {"inbox",
         {{}, {"inbox_events = 2"}, [](TestHost& host) {
              auto client = host.connect("/witness");
              const auto over = host.directory() / "over";
              client.says("sleep_until " + over.string());
              for (int i = 0; i < 20; ++i) client.says("echo hi");
              EXPECT_TRUE(eventually([&] { return host.project("witness").at("limit_hits") != json::object(); }));
              std::ofstream{over};
              EXPECT_EQ(client.hears(), "slept");
              for (int i = 0; i < 20; ++i) EXPECT_EQ(client.hears(), "hi");
          }}},
        {"inbox-total",
         {{}, {"message = \"1 KiB\"", "inbox = \"1 KiB\"", "inbox_total = \"1 KiB\""}, [](TestHost& host) {
              auto ana = host.connect("/witness"), ben = host.connect("/witness");
              const auto over = host.directory() / "over";
              ana.says("sleep_until " + over.string());
              for (int i = 0; i < 20; ++i) ben.says("sleep_until " + over.string());
              EXPECT_TRUE(eventually([&] { return host.project("witness").at("limit_hits") != json::object(); }));
              std::ofstream{over};
              EXPECT_EQ(ana.hears(), "slept");
              for (int i = 0; i < 20; ++i) EXPECT_EQ(ben.hears(), "slept");
          }}},
        {"memory", {{"memory = \"2 MiB\""}, {"backlog = \"16 MiB\""}, [](TestHost& host) { floods_itself(host, 9'000'000); }}},
        {"message", {{}, {"message = \"1 KiB\""}, [](TestHost& host) { sends(host, {{.opcode = opcode::text, .payload = std::string(2000, 'x')}}); }}},
        {"message-rate",
         {{}, {"messages_per_second = 2"}, [](TestHost& host) {
              auto client = host.connect("/witness");
              for (int i = 0; i < 8; ++i) client.says("echo hi");
              for (int i = 0; i < 8; ++i) EXPECT_EQ(client.hears(), "hi");
          }}},
        {"message-time", {{}, {"message_time = \"200 ms\""}, [](TestHost& host) { sends(host, {begun}); }}},
        {"pong", {{}, {"ping = \"100 ms\"", "pong = \"200 ms\""}, [](TestHost& host) { sends(host, {}); }}},
        {"protocol", {{}, {}, [](TestHost& host) { sends(host, {{.opcode = opcode::text, .payload = "x"}}, {.masked = false}); }}},
        {"tls-flood",
         {{}, {}, [](TestHost& host) {
              RawClient client{host.wss()};
              const std::string flood = key_updates(client.ssl(), 200);
              ::send(client.fd(), flood.data(), flood.size(), MSG_NOSIGNAL);
              client.wait_end();
          }}},
        {"tls-handshake",
         {{"tls_handshake = \"200 ms\""}, {}, [](TestHost& host) {
              RawClient client{host.wss(), {.handshakes_tls = false}};
              client.wait_end();
          }}},
        {"unacknowledged", {{"unacknowledged = \"1 s\""}, {"ping = \"100 ms\"", "pong = \"60 s\""}, vanishes}},
        {"utf8", {{}, {}, [](TestHost& host) { sends(host, {{.opcode = opcode::text, .payload = "\xC3\x28"}}); }}},
    };
    return all;
}

std::uint64_t count_in(const json& hits, const std::string& limit) { return hits.value(limit, std::uint64_t{0}); }

/// Of a project, or of a connection that had none.
std::uint64_t counted(const json& status, const std::string& limit) {
    return count_in(status.at("gateway").at("limit_hits"), limit) + count_in(status.at("projects").at(0).at("limit_hits"), limit);
}

std::string metrics_of(const TestHost& host) { return host.page("/metrics").body; }

class Counters : public testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Limits, Counters, testing::ValuesIn(limit_names), [](const auto& limit) {
    return std::regex_replace(std::string(limit.param), std::regex("-"), "_");
});

}  // namespace

TEST_P(Counters, of_a_limit_that_is_hit_stand_in_status_and_metrics) {
    const std::string limit{GetParam()};
    const auto drive = drives().find(limit);
    ASSERT_NE(drive, drives().end()) << "nobody knows how to hit " << limit;
    HostOptions options;
    options.projects = {fixture_project("witness")};
    options.host_limits = drive->second.host_limits;
    options.limits = drive->second.limits;
    options.more = "[project.witness]\ninterval = \"1 h\"\n";
    options.pages = {{"/chat", std::string(BERTH_SOURCE_DIRECTORY) + "/examples/browser/chat"}};
    TestHost host{options};
    EXPECT_EQ(counted(host.ask("status"), limit), 0u);

    drive->second.hit(host);

    EXPECT_TRUE(eventually([&] { return counted(json::parse(host.cli({"status", "--json"}).out), limit) >= 1; })) << host.ask("status").dump(2);
    const std::regex line("berth_(connection_)?limit_hits_total\\{[^}]*limit=\"" + limit + "\"[^}]*\\} [1-9]");
    EXPECT_TRUE(eventually([&] { return std::regex_search(metrics_of(host), line); })) << metrics_of(host);
}

TEST(Counters, of_rules_that_refuse_newcomers_stand_in_status_by_rule) {
    HostOptions options;
    options.projects = {fixture_project("witness")};
    options.limits = {"connections = 1"};
    options.host_limits = {"uri_bytes = \"64 B\""};
    TestHost host{options};
    auto ana = host.connect("/witness");

    EXPECT_EQ(RawClient{host.ws()}.ask("/witness").status, 503);
    EXPECT_EQ(RawClient{host.ws()}.ask("/" + std::string(100, 'x')).status, 414);

    EXPECT_TRUE(eventually([&] {
        const json status = host.ask("status");
        return status.at("projects").at(0).at("refusals") == json{{"connections", 1}} && status.at("gateway").at("refused") == json{{"request", 1}};
    })) << host.ask("status").dump(2);
}

TEST(Counters, of_those_who_never_finish_their_request_stand_in_status) {
    HostOptions options;
    options.projects = {fixture_project("witness")};
    options.host_limits = {"head = \"200 ms\""};
    TestHost host{options};

    EXPECT_EQ(RawClient{host.ws()}.reply().status, 408);

    EXPECT_TRUE(eventually([&] { return host.ask("status").at("gateway").at("refused") == json{{"head-timeout", 1}}; }))
        << host.ask("status").dump(2);
}

}  // namespace berth::test
