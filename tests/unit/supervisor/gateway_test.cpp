// SPDX-License-Identifier: MIT
#include "supervisor/gateway.hpp"

#include <gmock/gmock.h>

#include <csignal>

#include "fakes.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using nlohmann::json;

class GatewayTest : public ::testing::Test {
protected:
    GatewayTest() {
        gateway.start();
    }
    test::FakeProcess& process() { return children.newest("gateway"); }
    void be_ready() { process().says("ready"); }

    test::FakeTimers timers;
    test::FakeChildren children;
    int ready = 0;
    std::vector<ExitStatus> downs;
    std::vector<std::string> given_up;
    std::vector<std::string> violations;
    Gateway gateway{timers,
                    children,
                    {.configure = {{"io_threads", 2}, {"listeners", json::array({{{"id", "0"}}})}},
                     .listeners = {0},
                     .restart = {.deaths_max = 10, .spread = 0}},
                    {.ready = [this] { ++ready; },
                     .down = [this](const ExitStatus& status) { downs.push_back(status); },
                     .given_up = [this](const Error& error) { given_up.push_back(error.message); },
                     .violation = [this](const std::string& project, std::uint64_t run,
                                         const std::string& what) { violations.push_back(project + std::to_string(run) + what); }}};
};

TEST_F(GatewayTest, is_configured_with_its_incarnation_and_the_listening_sockets) {
    const json configure = process().last("configure");

    EXPECT_EQ(configure["incarnation"], 0);
    EXPECT_EQ(configure["io_threads"], 2);
    EXPECT_THAT(process().fds, ElementsAre(1u));
    EXPECT_EQ(gateway.state(), Gateway::State::starting);

    be_ready();

    EXPECT_EQ(ready, 1);
    EXPECT_TRUE(gateway.is_running());
}

TEST_F(GatewayTest, hears_a_certificate_again_that_it_may_not_have_taken) {
    be_ready();
    const json first{{"listeners", json::array({{{"id", "1"}, {"tls", {{"key_pem", "first"}}}}})}};
    const json second{{"listeners", json::array({{{"id", "1"}, {"tls", {{"key_pem", "second"}}}}})}};
    std::vector<std::string> outcomes;
    const auto reconfigure = [&](const json& configure, const json& error) {
        gateway.reconfigure(configure, {0}, {}, [&](const Result<void>& done) { outcomes.push_back(done ? "ok" : done.error().message); });
        process().replies("reconfigure", {{"error", error}});
        return process().last("reconfigure")["listeners"][0]["tls"];
    };
    reconfigure(first, nullptr);

    EXPECT_EQ(reconfigure(second, "no room"), (json{{"key_pem", "second"}}));
    EXPECT_EQ(reconfigure(second, nullptr), (json{{"key_pem", "second"}})) << "once more";
    EXPECT_EQ(reconfigure(second, nullptr), nullptr) << "it has it";
    EXPECT_THAT(outcomes, ElementsAre("ok", "the gateway: no room", "ok", "ok"));
}

TEST_F(GatewayTest, is_replaced_at_once_when_it_dies_and_never_uses_an_incarnation_twice) {
    be_ready();
    process().dies(SIGSEGV);
    EXPECT_EQ(downs.size(), 1u);
    EXPECT_EQ(gateway.state(), Gateway::State::restarting);

    timers.pass(0ms);
    ASSERT_EQ(children.count("gateway"), 2u);
    EXPECT_EQ(process().last("configure")["incarnation"], 1);
    be_ready();

    EXPECT_EQ(ready, 2);
    EXPECT_EQ(gateway.restarts(), 1u);
    EXPECT_TRUE(given_up.empty());
}

TEST_F(GatewayTest, ends_the_host_when_its_first_start_fails_and_says_why) {
    process().says(json{{"type", "failed"}, {"message", "listener 127.0.0.1:7681: no"}});
    EXPECT_THAT(process().signals, ElementsAre(SIGKILL));
    process().dies(SIGKILL);

    EXPECT_THAT(given_up, ElementsAre("gateway: listener 127.0.0.1:7681: no"));
    EXPECT_EQ(children.count("gateway"), 1u);
}

TEST_F(GatewayTest, ends_the_host_after_ten_deaths_within_five_minutes) {
    for (int i = 0; i < 10; ++i) {
        be_ready();
        process().dies(SIGSEGV);
        timers.pass(30s);
    }

    ASSERT_EQ(given_up.size(), 1u);
    EXPECT_EQ(given_up[0], "the gateway died too often, the last time it ended by SIGSEGV (segmentation fault)");
    EXPECT_EQ(children.count("gateway"), 10u);
}

TEST_F(GatewayTest, is_ended_when_it_is_not_ready_in_time) {
    timers.pass(30s);
    EXPECT_THAT(process().signals, ElementsAre(SIGKILL));
    EXPECT_EQ(process().reason, "was not ready within 30 s");
}

TEST_F(GatewayTest, fails_requests_and_finishes_retirements_when_it_dies) {
    be_ready();
    std::string error;
    int retired = 0;
    gateway.request({{"type", "stats"}}, [&](auto reply) { error = reply.error().message; });
    gateway.retire("chat", 3, {.reason = "new"}, [&] { ++retired; });

    process().dies(SIGKILL);

    EXPECT_EQ(error, "the gateway ended by SIGKILL (killed); it is started again");
    EXPECT_EQ(retired, 1);
}

TEST_F(GatewayTest, answers_at_once_while_it_is_down) {
    be_ready();
    process().dies(SIGKILL);
    std::string error;
    int retired = 0;

    gateway.request({{"type", "stats"}}, [&](auto reply) { error = reply.error().message; });
    gateway.lost("chat", 3, {}, [&] { ++retired; });

    EXPECT_EQ(error, "the gateway is restarting; try again");
    EXPECT_EQ(retired, 1);
}

TEST_F(GatewayTest, retires_each_run_by_its_own_answer) {
    be_ready();
    std::string order;
    gateway.retire("chat", 3, {.reason = "new"}, [&] { order += "a"; });
    gateway.retire("chat", 4, {.code = 1001, .cause = "stop"}, [&] { order += "b"; });

    process().says(json{{"type", "retired"}, {"project", "chat"}, {"generation", "4"}});
    process().says(json{{"type", "retired"}, {"project", "chat"}, {"generation", "4"}});
    process().says(json{{"type", "retired"}, {"project", "chat"}, {"generation", "3"}});

    EXPECT_EQ(order, "ba");
    EXPECT_EQ(process().last("retire")["code"], 1001);
}

TEST_F(GatewayTest, says_what_a_worker_was_running_with_ids_as_text) {
    be_ready();
    const CrashReport report{.culprits = {{ClientId{(std::uint64_t{1} << 60) + 1}, "message", 7}},
                             .interrupted = {{ClientId{2}, "connection"}}};

    gateway.lost("chat", 3, report, [] {});

    EXPECT_EQ(process().last("lost")["running"], json::parse(R"([
        {"client":"1152921504606846977","event":"message","seq":"7","culprit":true},
        {"client":"2","event":"connection","seq":"0","culprit":false}])"));
}

TEST_F(GatewayTest, passes_violations_on) {
    be_ready();
    process().says(json{{"type", "violation"}, {"project", "chat"}, {"generation", "3"}, {"what", "!"}});
    EXPECT_THAT(violations, ElementsAre("chat3!"));
}

TEST_F(GatewayTest, is_ended_when_its_heartbeat_stops) {
    be_ready();
    process().says("heartbeat");
    timers.pass(4s);
    process().says("heartbeat");
    timers.pass(4s);
    EXPECT_TRUE(process().signals.empty());

    timers.pass(3s);

    EXPECT_THAT(process().signals, ElementsAre(SIGABRT, SIGKILL));
}

TEST_F(GatewayTest, is_ended_when_its_first_heartbeat_never_comes) {
    be_ready();

    timers.pass(5s);

    EXPECT_THAT(process().signals, ElementsAre(SIGABRT));
}

TEST_F(GatewayTest, is_not_ended_for_silence_where_nobody_wants_that) {
    be_ready();
    gateway.set_silence_limit(0ms);
    process().says("heartbeat");
    timers.pass(1h);
    EXPECT_TRUE(process().signals.empty());

    gateway.set_silence_limit(2s);
    process().says("heartbeat");
    timers.pass(2s);
    EXPECT_THAT(process().signals, ElementsAre(SIGABRT));
}

TEST_F(GatewayTest, stops_in_two_steps_and_is_not_replaced) {
    be_ready();
    int stopped = 0;
    int ended = 0;
    gateway.stop(30s, [&] { ++stopped; });
    EXPECT_EQ(process().last("stop")["within_ms"], 30'000);
    process().says("stopped");
    EXPECT_EQ(stopped, 1);

    gateway.end([&] { ++ended; });
    EXPECT_TRUE(process().is_hung_up);
    process().exits();

    EXPECT_EQ(ended, 1);
    timers.pass(60s);
    EXPECT_EQ(children.count("gateway"), 1u);
}

TEST_F(GatewayTest, is_not_waited_for_longer_than_the_limit) {
    be_ready();
    int stopped = 0;
    gateway.stop(30s, [&] { ++stopped; });

    timers.pass(32s);
    EXPECT_EQ(stopped, 1);
    gateway.end([] {});
    timers.pass(5s);

    EXPECT_THAT(process().signals, ElementsAre(SIGKILL));
}

TEST_F(GatewayTest, that_dies_while_it_stops_counts_as_stopped) {
    be_ready();
    int stopped = 0;
    gateway.stop(30s, [&] { ++stopped; });
    process().dies(SIGSEGV);

    EXPECT_EQ(stopped, 1);
    EXPECT_EQ(gateway.state(), Gateway::State::ended);
}

}  // namespace
}  // namespace berth::host::supervisor
