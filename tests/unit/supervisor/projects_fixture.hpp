// SPDX-License-Identifier: MIT
/// Projects with a plugins directory of their own, and time, probes and workers that the test drives.
#pragma once

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "fakes.hpp"
#include "supervisor/projects.hpp"
#include "support/temp_dir.hpp"

namespace berth::host::supervisor {

class ProjectsTest : public ::testing::Test {
protected:
    ProjectsTest() {
        std::filesystem::create_directory(directory / "plugins");
        std::filesystem::create_directory(directory / "staging");
        ::chmod((directory / "plugins").c_str(), 0755);
        gateway.start();
        children.newest("gateway").says("ready");
    }
    void write(const std::string& name, const std::string& content) {
        const auto path = directory / "plugins" / name;
        test::write_file(path, content);
        ::chmod(path.c_str(), 0644);
    }
    void remove(const std::string& name) { std::filesystem::remove(directory / "plugins" / name); }
    /// Time passes until files are quiet and looked at.
    void look() { timers.pass(std::chrono::seconds{3}); }
    /// The oldest probe that has not ended.
    test::FakeProcess& probe() {
        for (const auto& process : children.all("probe")) {
            if (!process->has_exited) return *process;
        }
        throw std::logic_error("no probe is running");
    }
    void passes(const std::string& declared = {}) {
        test::FakeProcess& process = probe();
        process.handlers.output(nlohmann::json{{"name", declared}}.dump() + "\n");
        process.exits();
    }
    void comes_up() {
        children.newest("worker").says(nlohmann::json{{"type", "loaded"}});
        children.newest("worker").says("started");
    }
    void run(const std::string& name, const std::string& content = "1") {
        write(name, content);
        look();
        passes();
        comes_up();
    }
    std::vector<std::string> refused() const {
        std::vector<std::string> sentences;
        for (const auto& refusal : projects.refused()) sentences.push_back(refusal.error);
        return sentences;
    }

    test::TempDir directory;
    test::FakeTimers timers;
    test::FakeChildren children;
    test::InlineBackground background;
    Gateway gateway{timers, children, {.configure = {{"io_threads", 1}}, .listeners = {}},
                    {.ready = [] {}, .down = [](const ExitStatus&) {}, .given_up = [](const Error&) {},
                     .violation = [](const std::string&, std::uint64_t, const std::string&) {}}};
    Project::Surroundings surroundings{
        .timers = timers,
        .gateway = gateway,
        .start_worker = [this](const WorkerPlan& plan, Child::Handlers handlers) {
            return children.start({.process = "worker", .project = plan.project}, std::move(handlers));
        },
        .data_directory = [this](const std::string& name) { return Result<std::filesystem::path>(directory / name); }};
    Intake intake{timers, background, children,
                  {.staging = directory / "staging",
                   .is_used = [this](const StagedLibrary& staged) { return projects.is_staged_copy_used(staged); }}};
    Registry registry = *Registry::open(directory / "registry.json");
    Projects projects{intake, surroundings, registry,
                      {.list = [this] { return list_plugins(directory / "plugins"); },
                       .plugins = directory / "plugins",
                       .settings = [](const std::string&) { return config::Project{}; }}};
};

}  // namespace berth::host::supervisor
