// SPDX-License-Identifier: MIT
// Isolation "none": the gateway's process dies while a project is loaded there.
#include <gmock/gmock.h>

#include <csignal>

#include "base/event_loop.hpp"
#include "fakes.hpp"
#include "link/slot_table.hpp"
#include "supervisor/hosted_workers.hpp"
#include "supervisor/project.hpp"
#include "support/deadline.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using nlohmann::json;

class GatewayDeath : public ::testing::Test {
protected:
    GatewayDeath() {
        gateway.start();
        gate().says("ready");
        project.deploy({.file = {.path = "/plugins/chat.so", .stem = "chat"},
                        .staged = {.path = "/nowhere/staging/1/chat.so", .sha256 = "1"},
                        .manifest = {{"name", ""}, {"version", "1"}}},
                       false, [this](const Result<void>& done) { outcomes.push_back(done ? "ok" : done.error().message); });
        // The rehearsal.
        loads();
        worker().says("stopped");
        worker().exits();
        timers.pass(0ms);
    }
    static config::Project in_gateway() {
        config::Project settings;
        settings.isolation = config::Isolation::none;
        return settings;
    }
    test::FakeProcess& gate() { return children.newest("gateway"); }
    test::FakeProcess& worker() { return children.newest("worker"); }
    void loads() { worker().says(json{{"type", "loaded"}, {"version", "1"}, {"procedures", json::array()}}); }
    /// As the real one does: first its own end, then that of all who lived in it.
    void gateway_dies() {
        test::FakeProcess& hosted = worker();
        gate().dies(SIGSEGV);
        hosted.reason = "the gateway, which it lives in, died";
        hosted.dies(SIGSEGV);
    }
    void gateway_comes_back() {
        timers.pass(1s);
        gate().says("ready");
    }

    test::FakeTimers timers;
    test::FakeChildren children;
    Gateway gateway{timers, children, {.configure = {{"io_threads", 1}}, .listeners = {}},
                    {.ready = [this] { project.gateway_is_ready(); }, .down = [this](const ExitStatus&) { project.gateway_is_down(); },
                     .given_up = [](const Error&) {}, .violation = [](const std::string&, std::uint64_t, const std::string&) {}}};
    Project::Surroundings surroundings{
        .timers = timers,
        .gateway = gateway,
        .start_worker = [this](const WorkerPlan& plan, Child::Handlers handlers) {
            return children.start({.process = "worker", .project = plan.project}, std::move(handlers));
        },
        .data_directory = [](const std::string& name) { return Result<std::filesystem::path>("/state/" + name); },
        .restart = {.spread = 0}};
    std::vector<std::string> outcomes;
    Project project{"chat", in_gateway(), surroundings};
};

TEST_F(GatewayDeath, while_a_project_is_loaded_is_not_that_project_s_failure) {
    ASSERT_EQ(children.count("worker"), 2u);
    gateway_dies();

    EXPECT_EQ(project.state(), Project::State::starting);
    EXPECT_THAT(outcomes, IsEmpty());
    gateway_comes_back();
    ASSERT_EQ(children.count("worker"), 3u) << "it is loaded again at once, not after half a minute";
    loads();
    worker().says("started");

    EXPECT_EQ(project.state(), Project::State::open);
    EXPECT_THAT(outcomes, ElementsAre("ok"));
    EXPECT_EQ(project.facts().crashes, 0u);
}

TEST_F(GatewayDeath, between_load_and_first_run_is_not_that_project_s_failure) {
    loads();
    gateway_dies();
    gateway_comes_back();

    ASSERT_EQ(children.count("worker"), 3u);
    EXPECT_EQ(project.state(), Project::State::starting);
}

TEST_F(GatewayDeath, drops_a_project_that_is_told_to_stop_meanwhile) {
    gateway_dies();
    bool has_stopped = false;
    project.stop(true, [&] { has_stopped = true; });
    gateway_comes_back();

    EXPECT_TRUE(has_stopped);
    EXPECT_EQ(children.count("worker"), 2u);
    EXPECT_THAT(outcomes, ElementsAre("project chat was stopped"));
}

/// The channel to a worker in the gateway; nobody holds its other end, as after the gateway's death.
class HostedWorker : public ::testing::Test {
protected:
    HostedWorker() {
        gateway.start();
        children.newest("gateway").says("ready");
        WorkerPlan plan;
        plan.project = "chat";
        plan.run = 1;
        plan.in_gateway = true;
        auto started = hosted.start(plan,
                                    {.message = {}, .exited = [this](const ExitStatus& status) { exits.push_back(in_words(status)); },
                                     .output = {}, .errors = {}});
        EXPECT_TRUE(started);
        child = std::move(*started);
    }
    void until_exit() {
        const test::Deadline deadline = test::Deadline::usual();
        while (exits.empty() && !deadline.passed()) loop->run_once(Milliseconds{deadline.left_ms()});
    }

    std::unique_ptr<EventLoop> loop = std::move(*EventLoop::create());
    test::FakeTimers timers;
    test::FakeChildren children;
    Gateway gateway{timers, children, {.configure = {{"io_threads", 1}}, .listeners = {}},
                    {.ready = [] {}, .down = [](const ExitStatus&) {}, .given_up = [](const Error&) {},
                     .violation = [](const std::string&, std::uint64_t, const std::string&) {}}};
    HostedWorkers hosted{*loop, gateway};
    std::vector<std::string> exits;
    std::unique_ptr<Child> child;
};

TEST_F(HostedWorker, whose_channel_ends_first_is_told_that_the_gateway_died) {
    loop->run_once(0ms);
    EXPECT_THAT(exits, IsEmpty()) << "the channel's end alone does not say why";

    hosted.gateway_ended({.signal = SIGSEGV, .reason = "the gateway, which it lives in, died"});

    EXPECT_THAT(exits, ElementsAre("the gateway, which it lives in, died, ended by SIGSEGV (segmentation fault)"));
}

TEST_F(HostedWorker, that_ended_alone_is_told_so_after_a_moment) {
    until_exit();
    EXPECT_THAT(exits, ElementsAre("exited with code 0"));
}

}  // namespace
}  // namespace berth::host::supervisor
