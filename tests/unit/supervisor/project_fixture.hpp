// SPDX-License-Identifier: MIT
/// One project, "chat", with children, a gateway and a clock of the test's own.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "fakes.hpp"
#include "supervisor/project.hpp"

namespace berth::host::supervisor {
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using nlohmann::json;

inline Library library(const std::string& content, const std::string& stem = "chat") {
    return {.file = {.path = "/plugins/" + stem + ".so", .stem = stem},
            .staged = {.path = "/nowhere/staging/" + content + "/" + stem + ".so", .sha256 = content},
            .manifest = {{"name", ""}, {"version", content}}};
}

class ProjectTest : public ::testing::Test {
protected:
    ProjectTest() {
        gateway.start();
        children.newest("gateway").says("ready");
    }

    test::FakeProcess& gate() { return children.newest("gateway"); }
    test::FakeProcess& worker() { return children.newest("worker"); }
    std::shared_ptr<test::FakeProcess> worker(std::size_t index) { return children.all("worker").at(index); }

    void deploy(const std::string& content, bool force = false) {
        project.deploy(library(content), force, [this](const Result<void>& done) {
            outcomes.push_back(done ? "ok" : done.error().message);
        });
    }
    /// `more`: members of what the library says about itself.
    static void loads(test::FakeProcess& process, const json& more = json::object()) {
        json loaded{{"type", "loaded"}, {"version", "1"}, {"procedures", json::array()}};
        loaded.update(more);
        process.says(loaded);
    }
    void comes_up(test::FakeProcess& process) {
        loads(process);
        process.says("started");
    }
    void run_first(const std::string& content = "one") {
        deploy(content);
        comes_up(worker());
        outcomes.clear();
    }
    void retired(const json& run) {
        gate().says(json{{"type", "retired"}, {"project", "chat"}, {"generation", run}});
    }
    /// Time passes and every worker gives signs of life.
    void pass_alive(Milliseconds time) {
        for (Milliseconds passed{0}; passed < time; passed += 1s) {
            for (const auto& process : children.all("worker")) {
                if (!process->has_exited) process->says("heartbeat");
            }
            timers.pass(1s);
        }
    }
    json announced() { return gate().last("project"); }

    test::FakeTimers timers;
    test::FakeChildren children;
    Gateway gateway{timers, children, {.configure = {{"io_threads", 2}}, .listeners = {}},
                    {.ready = [this] { project.gateway_is_ready(); }, .down = [this](const ExitStatus&) { project.gateway_is_down(); },
                     .given_up = [](const Error&) {}, .violation = [](const std::string&, std::uint64_t, const std::string&) {}}};
    Project::Surroundings surroundings{
        .timers = timers,
        .gateway = gateway,
        .start_worker = [this](const WorkerPlan& plan, Child::Handlers handlers) {
            return children.start({.process = "worker", .project = plan.project, .generation = plan.generation}, std::move(handlers));
        },
        .data_directory = [](const std::string& name) { return Result<std::filesystem::path>("/state/" + name); },
        .restart = {.spread = 0}};
    config::Project settings;
    std::vector<std::string> outcomes;
    Project project{"chat", settings, surroundings};
};

}  // namespace berth::host::supervisor
