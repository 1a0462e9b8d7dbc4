// SPDX-License-Identifier: MIT
/// What the host's processes have given up, as the kernel says, and the bounds of a project's process.
#include <sstream>

#include "integration/host/suite.hpp"

namespace berth::test {

using nlohmann::json;

namespace {

HostOptions with_prisoner(std::string more = {}) {
    HostOptions options;
    options.projects = {fixture_project("prisoner"), shipped_project("echo")};
    options.more = std::move(more);
    return options;
}

/// "NoNewPrivs 1, Seccomp 2" of a process.
std::string confinement_of(const json& pid) {
    std::istringstream in{read_file("/proc/" + std::to_string(pid.get<int>()) + "/status")};
    std::string found;
    for (std::string name, value; in >> name; std::getline(in, value)) {
        if (name != "NoNewPrivs:" && name != "Seccomp:") continue;
        in >> value;
        found += (found.empty() ? "" : ", ") + name.substr(0, name.size() - 1) + " " + value;
    }
    return found;
}

std::string limits_of(const json& pid) { return read_file("/proc/" + to_string(pid) + "/limits"); }

class Confinement : public testing::Test {
protected:
    void SetUp() override {
#if defined(BERTH_SANITIZED)
        GTEST_SKIP() << "a sanitizer's program is not confined";
#endif
    }
};

}  // namespace

TEST_F(Confinement, holds_for_workers_and_the_gateway_by_default) {
    TestHost host{with_prisoner()};
    auto ana = host.connect("/prisoner");

    EXPECT_EQ(confinement_of(host.project("prisoner").at("pid")), "NoNewPrivs 1, Seccomp 2");
    EXPECT_EQ(confinement_of(host.ask("status").at("gateway").at("pid")), "NoNewPrivs 1, Seccomp 2");
    EXPECT_EQ(ask(ana, "start"), "Operation not permitted");
    EXPECT_EQ(host.log().find("is not confined"), std::string::npos);
}

namespace {

/// The process that serves pages.
json pages_of(const TestHost& host) {
    for (const pid_t process : host.processes()) {
        if (command_line(process).find("__pages") != std::string::npos) return process;
    }
    return 0;
}

HostOptions with_pages(HostOptions options) {
    options.pages = {{"/chat", std::string(BERTH_SOURCE_DIRECTORY) + "/examples/browser/chat"}};
    return options;
}

/// On a kernel that lets nobody filter system calls.
HostOptions unfiltered(HostOptions options) {
    options.before = {BERTH_WITHOUT_SECCOMP};
    return options;
}

}  // namespace

TEST_F(Confinement, holds_for_the_pages_which_serve_on) {
    TestHost host{with_pages(with_prisoner())};

    EXPECT_EQ(confinement_of(pages_of(host)), "NoNewPrivs 1, Seccomp 2");
    for (const std::string path : {"/metrics", "/chat/", "/readyz"}) EXPECT_EQ(host.page(path).status, 200) << path;
}

TEST_F(Confinement, keeps_a_project_from_the_other_processes_of_its_host) {
    TestHost host{with_pages(with_prisoner())};
    auto ana = host.connect("/prisoner");

    const json status = host.ask("status");
    for (const json& other : {status.at("host").at("pid"), status.at("gateway").at("pid"), host.project("echo").at("pid"), pages_of(host)}) {
        EXPECT_EQ(ask(ana, "attack " + to_string(other)),
                  "signal: Operation not permitted, memory: Permission denied, descriptor: Permission denied, limit: Operation not permitted")
            << command_line(other);
    }
    host.connect("/echo");
}

TEST_F(Confinement, that_is_lifted_lets_a_debugger_look_into_that_process_alone) {
    TestHost host{with_prisoner("[project.echo]\nconfined = false\n")};
    auto ana = host.connect("/prisoner");

    const std::string gateway = ask(ana, "attack " + to_string(host.ask("status").at("gateway").at("pid")));
    const std::string echo = ask(ana, "attack " + to_string(host.project("echo").at("pid")));

    EXPECT_THAT(gateway, testing::HasSubstr("memory: Permission denied"));
    EXPECT_THAT(echo, testing::HasSubstr("memory: done"));
}

TEST_F(Confinement, that_the_kernel_refuses_is_told_and_everything_runs) {
    TestHost host{unfiltered(with_pages(with_prisoner()))};
    auto ana = host.connect("/prisoner");

    EXPECT_EQ(ask(ana, "start"), "started");
    for (const char* told : {"gateway is not confined", "worker is not confined", "pages process is not confined"}) {
        EXPECT_TRUE(host.logs(told)) << told;
    }
}

TEST_F(Confinement, that_is_required_and_refused_keeps_the_host_from_starting) {
    auto options = with_prisoner();
    options.host = "confinement = \"required\"\n";
    TestHost host{options};
    EXPECT_EQ(confinement_of(host.project("prisoner").at("pid")), "NoNewPrivs 1, Seccomp 2");
    host.stop();

    const auto refused = run({BERTH_WITHOUT_SECCOMP, berth_executable().string(), "serve", "--config", host.configuration().string()});

    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, testing::HasSubstr("it cannot be confined, and host.confinement = "));
}

TEST_F(Confinement, is_lifted_for_one_project_by_its_configuration) {
    TestHost host{with_prisoner("[project.prisoner]\nconfined = false\n")};
    auto ana = host.connect("/prisoner");

    EXPECT_EQ(ask(ana, "start"), "started");
    EXPECT_EQ(confinement_of(host.project("prisoner").at("pid")), "NoNewPrivs 0, Seccomp 0");
    EXPECT_EQ(confinement_of(host.project("echo").at("pid")), "NoNewPrivs 1, Seccomp 2");
}

TEST_F(Confinement, of_the_gateway_is_that_of_its_guests_where_a_project_runs_in_it) {
    auto options = with_prisoner();
    options.isolation = "none";
    TestHost host{options};
    auto ana = host.connect("/prisoner");

    EXPECT_EQ(ask(ana, "start"), "started");
}

TEST_F(Confinement, a_worker_has_the_descriptors_of_its_databases_and_256) {
    TestHost host{with_prisoner("[project.prisoner.database]\nconnections = 50\n")};

    EXPECT_THAT(limits_of(host.project("prisoner").at("pid")), testing::ContainsRegex("Max open files +406 +406"));
}

TEST_F(Confinement, a_worker_with_too_many_threads_is_ended_and_started_again) {
    TestHost host{with_prisoner("[project.prisoner.limits]\ntasks = 60\n")};
    auto ana = host.connect("/prisoner");
    const auto pid = host.project("prisoner").at("pid");

    ana.says("threads");

    EXPECT_TRUE(host.logs("worker has too many threads: ending it"));
    EXPECT_TRUE(eventually([&] {
        const auto now = host.project("prisoner");
        return now.at("state") == "open" && now.at("pid") != pid;
    }));
}

TEST_F(Confinement, a_worker_with_too_much_memory_is_replaced_while_it_serves) {
    TestHost host{with_prisoner("[project.prisoner.limits]\nmemory = \"48 MiB\"\n")};
    auto ana = host.connect("/prisoner");
    const auto pid = host.project("prisoner").at("pid");

    EXPECT_EQ(ask(ana, "grow"), "grown");

    EXPECT_TRUE(host.logs("worker has too much memory: replacing it"));
    EXPECT_TRUE(eventually([&] {
        const auto now = host.project("prisoner");
        return now.at("state") == "open" && now.at("pid") != pid;
    }));
    EXPECT_EQ(host.project("prisoner").at("crashes"), 0);
    const auto worker = host.ask("stats").at("projects").at(1).at("worker");
    EXPECT_GT(worker.at("threads"), 0);
    EXPECT_EQ(worker.at("memory_limit_bytes"), 48 << 20);

    // The old one serves whom it has, but not without bound.
    EXPECT_EQ(ask(ana, "swell"), "grown");
    EXPECT_TRUE(host.logs("worker has too much memory: ending it"));
    EXPECT_EQ(ana.closed().code, 1012);
}

TEST_F(Confinement, a_version_that_takes_too_much_memory_while_it_is_loaded_does_not_run) {
    auto options = with_prisoner("[project.prisoner.limits]\nmemory = \"48 MiB\"\n");
    options.environment = {{"PRISONER_GREED", "1"}};
    TestHost host{options};

    EXPECT_TRUE(host.logs("worker has too much memory: ending it"));
    EXPECT_TRUE(host.project_is("prisoner", "failed"));
    EXPECT_THAT(host.project("prisoner").at("last_error").get<std::string>(), testing::HasSubstr("raise limits.memory"));
}

TEST_F(Confinement, a_worker_gets_no_more_memory_at_a_stroke_than_four_times_its_limit_and_stacks) {
    TestHost host{with_prisoner("[project.prisoner.limits]\nmemory = \"64 MiB\"\ntasks = 64\n")};
    auto ana = host.connect("/prisoner");

    EXPECT_EQ(ask(ana, "reserve"), "not all");
    EXPECT_EQ(host.project("prisoner").at("crashes"), 0);
}

TEST_F(Confinement, a_worker_has_a_memory_limit_unless_it_is_configured_away) {
    TestHost host{with_prisoner("[project.echo.limits]\nmemory = 0\n")};

    const auto projects = host.ask("stats").at("projects");

    EXPECT_EQ(projects.at(0).at("worker").at("memory_limit_bytes"), 0);
    EXPECT_EQ(projects.at(1).at("worker").at("memory_limit_bytes"), 512 << 20);
    EXPECT_THAT(limits_of(host.project("prisoner").at("pid")), testing::ContainsRegex("Max data size +[0-9]+"));
    EXPECT_THAT(limits_of(host.project("echo").at("pid")), testing::ContainsRegex("Max data size +unlimited"));
}

TEST_F(Confinement, a_worker_is_ended_before_others_when_the_machine_has_no_memory) {
    TestHost host{with_prisoner()};

    const auto score_of = [](const json& pid) { return std::stoi(read_file("/proc/" + to_string(pid) + "/oom_score_adj")); };
    EXPECT_EQ(score_of(host.project("prisoner").at("pid")), 500);
    EXPECT_LT(score_of(host.ask("status").at("gateway").at("pid")), 500);
}

TEST_F(Confinement, files_are_private_and_cores_are_not_left_unless_configured) {
    const auto privacy_of = [](const json& pid) {
        const std::string status = read_file("/proc/" + to_string(pid) + "/status");
        const auto at = status.find("Umask:\t");
        return status.substr(at, status.find('\n', at) - at);
    };
    {
        TestHost host{with_prisoner()};
        const json pid = host.project("prisoner").at("pid");
        EXPECT_EQ(privacy_of(pid), "Umask:\t0077");
        EXPECT_THAT(limits_of(pid), testing::ContainsRegex("Max core file size +0 +0"));
    }
    auto options = with_prisoner();
    options.host = "private_files = false\ncore_dumps = true\n";
    options.before = {"/bin/sh", "-c", "umask 027; ulimit -c 1000; exec \"$@\"", "sh"};
    TestHost host{options};
    const json pid = host.project("prisoner").at("pid");
    EXPECT_EQ(privacy_of(pid), "Umask:\t0027");
    EXPECT_THAT(limits_of(pid), testing::ContainsRegex("Max core file size +(512000|1024000) +"));
}

}  // namespace berth::test
