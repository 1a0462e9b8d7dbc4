// SPDX-License-Identifier: MIT
// Clients of one project, or of all, are sent away: what the gateway is told, and when it is over.
#include "supervisor/host_drain.hpp"

#include "project_fixture.hpp"

namespace berth::host::supervisor {
namespace {

class DrainTest : public ProjectTest {
protected:
    void drain(Milliseconds over = 60s, std::uint32_t retry_after_s = 5) {
        project.drain({.over = over, .retry_after_s = retry_after_s}, [this] { ++over_; });
    }
    /// The gateway is asked, and answers.
    void has_clients(int count) {
        timers.pass(200ms);
        gate().replies("stats", {{"projects", {{"chat", {{"clients", count}}}, {"other", {{"clients", 5}}}}}});
    }
    int over_ = 0;
};

TEST_F(DrainTest, keeps_newcomers_out_before_the_first_client_is_closed) {
    run_first();
    drain();

    EXPECT_EQ(project.state(), Project::State::draining);
    EXPECT_EQ(announced()["state"], "draining");
    EXPECT_EQ(announced()["retry_after_s"], 5);
    const json order = gate().last("drain");
    EXPECT_EQ(order["project"], "chat");
    EXPECT_EQ(order["code"], 1001);
    EXPECT_EQ(order["cause"], "administrator");
    EXPECT_EQ(order["over_ms"], 60'000);
    EXPECT_EQ(order["retry_after_s"], 5);
    const auto place = [&](const char* type) {
        const auto& all = gate().received;
        return std::find_if(all.begin(), all.end(), [&](const json& message) {
            return message["type"] == type && (message["type"] != "project" || message["state"] == "blocked");
        });
    };
    EXPECT_LT(place("project"), place("drain"));
    EXPECT_EQ(project.drain()->over, 60s);
    EXPECT_EQ(over_, 0);
}

TEST_F(DrainTest, is_over_when_nobody_is_left_and_the_project_stays_blocked) {
    run_first();
    drain();
    has_clients(3);
    EXPECT_EQ(over_, 0);

    has_clients(0);

    EXPECT_EQ(over_, 1);
    EXPECT_EQ(project.state(), Project::State::blocked);
    EXPECT_EQ(announced()["state"], "blocked");
    EXPECT_FALSE(project.drain());
    EXPECT_EQ(children.count("worker"), 1u) << "it runs on";
}

TEST_F(DrainTest, is_over_when_its_time_has_passed_though_somebody_does_not_go) {
    run_first();
    drain(1s);
    for (int i = 0; i < 34; ++i) has_clients(1);
    EXPECT_EQ(over_, 0);
    for (int i = 0; i < 2; ++i) has_clients(1);
    EXPECT_EQ(over_, 1);
}

TEST_F(DrainTest, is_ended_by_open_and_who_is_left_stays) {
    run_first();
    drain();
    project.open();

    EXPECT_EQ(over_, 1);
    EXPECT_EQ(gate().last("end_drain")["project"], "chat");
    EXPECT_EQ(announced()["state"], "open");
}

TEST_F(DrainTest, a_second_order_replaces_the_first_and_both_are_told_the_end) {
    run_first();
    drain(60s);
    drain(1s);
    EXPECT_EQ(gate().last("drain")["over_ms"], 1000);
    has_clients(0);
    EXPECT_EQ(over_, 2);
}

TEST_F(DrainTest, gives_way_to_a_stop) {
    run_first();
    drain();
    project.stop(/*clients_are_gone=*/false, [] {});
    EXPECT_EQ(over_, 1);
    EXPECT_EQ(project.state(), Project::State::stopped);
    EXPECT_EQ(gate().got("retire"), 1u);
}

TEST_F(DrainTest, survives_the_death_of_the_gateway_with_newcomers_kept_out) {
    run_first();
    drain();
    gate().dies(SIGSEGV);
    timers.pass(0ms);
    gate().says("ready");
    EXPECT_EQ(announced()["state"], "draining");
    has_clients(0);
    EXPECT_EQ(over_, 1);
}

}  // namespace
}  // namespace berth::host::supervisor
