// SPDX-License-Identifier: MIT
// What a project that is stateless or resumes promises: a crash or a new version cuts none of its clients (DECISIONS §2).
#include <signal.h>

#include <algorithm>

#include "integration/host/suite.hpp"

namespace berth::test {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// Lines of what the project has written down.
std::vector<std::string> ledger(const TestHost& host, std::string_view project) {
    std::vector<std::string> lines;
    std::istringstream in{read_file(host.state() / project / "ledger")};
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::size_t count_of(const TestHost& host, std::string_view project, std::string_view line) {
    const auto lines = ledger(host, project);
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), line));
}

pid_t worker_of(const TestHost& host, std::string_view project) {
    const auto row = host.project(project);
    return row.is_null() ? 0 : row.value("pid", 0);
}

/// Ends the process of a project that runs; answers which it was.
pid_t kill_worker(const TestHost& host, std::string_view project) {
    pid_t worker = 0;
    EXPECT_TRUE(eventually([&] { return (worker = worker_of(host, project)) > 0; }));
    if (worker > 0) ::kill(worker, SIGKILL);
    return worker;
}

/// Waits until the project runs in another process than that one.
bool is_replaced(const TestHost& host, std::string_view project, pid_t worker) {
    return eventually([&] { return worker_of(host, project) > 0 && worker_of(host, project) != worker; });
}

/// Another version in the place of the project's file.
void redeploy(const TestHost& host, std::string_view project, std::string_view as) {
    install_file(fixture_project(project), host.plugins() / (std::string(as) + ".so"));
}

bool runs_version(const TestHost& host, std::string_view project, std::string_view version) {
    return eventually([&] { return host.project(project).value("version", "") == version; }, Deadline{20s});
}

}  // namespace

// ---- a crash --------------------------------------------------------------------------------------------

TEST(Crash, of_a_stateless_project_cuts_no_client) {
    TestHost host{{.projects = {fixture_project("stateless_1")}}};
    auto ana = host.connect("/stateless_1?ana"), ben = host.connect("/stateless_1?ben");
    EXPECT_EQ(ask(ana, "tag?"), "ana");

    const pid_t worker = kill_worker(host, "stateless_1");

    EXPECT_EQ(ask(ana, "1"), "1 of 1") << "served by the next process, with fresh globals";
    EXPECT_EQ(ask(ana, "tag?"), "");
    EXPECT_EQ(ask(ben, "2"), "2 of 1");
    EXPECT_TRUE(is_replaced(host, "stateless_1", worker));
    EXPECT_EQ(host.project("stateless_1").at("restarts"), 1);
    EXPECT_EQ(host.project("stateless_1").at("clients"), 2);
}

TEST(Crash, of_a_resuming_project_cuts_no_client_and_loses_nothing_that_was_saved) {
    TestHost host{{.projects = {fixture_project("resuming_1")}}};
    auto ana = host.connect("/resuming_1?ana");
    EXPECT_EQ(ask(ana, "1"), "1 of 1");
    EXPECT_EQ(ask(ana, "2"), "2 of 2");
    auto ben = host.connect("/resuming_1?ben");
    EXPECT_EQ(ask(ben, "tag Benjamin"), "tag Benjamin");
    // An answer may leave before its event has ended and its state is saved; the next event begins after that.
    EXPECT_EQ(ask(ana, "count"), "2");
    EXPECT_EQ(ask(ben, "tag?"), "Benjamin");

    kill_worker(host, "resuming_1");

    // If that event had answered and not ended, it was interrupted, and they are told.
    ana.says("3");
    EXPECT_TRUE(ana.hears_at_last("3 of 3"));
    EXPECT_EQ(ask(ana, "tag?"), "ana");
    ben.says("tag?");
    EXPECT_TRUE(ben.hears_at_last("Benjamin"));
    ana.closes();
    ana.closed();
    EXPECT_TRUE(eventually([&] { return count_of(host, "resuming_1", "gone ana 1000") == 1; }));
}

class Faults : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, Faults,
                         ::testing::Values("segv", "bus", "fpe", "ill", "abort", "terminate", "overflow", "double-free",
                                           "exit", "_exit", "kill"),
                         [](const auto& fault) {
                             std::string name = fault.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST_P(Faults, close_their_culprit_alone) {
    TestHost host{{.projects = {fixture_project("resuming_1")}}};
    auto culprit = host.connect("/resuming_1?culprit"), other = host.connect("/resuming_1?other");
    EXPECT_EQ(ask(other, "1"), "1 of 1");

    culprit.says(GetParam());

    // Whoever leaves the process without a mark is not known while the handler before has answered and not returned.
    const auto told = culprit.next();
    EXPECT_TRUE(told ? told->payload == "interrupted" : culprit.closed().code == 1011u);
    other.says("2");
    EXPECT_TRUE(other.hears_at_last("2 of 2"));
    if (told) return;
    EXPECT_TRUE(eventually([&] { return count_of(host, "resuming_1", "gone culprit 1011") == 1; }))
        << "the next process handles its disconnection";
}

TEST(Crash, of_a_process_that_has_closed_its_link_comes_with_the_first_event_that_ends_and_repeats_none) {
    TestHost host{{.projects = {fixture_project("resuming_1")}}};
    auto culprit = host.connect("/resuming_1?culprit"), ben = host.connect("/resuming_1?ben");
    const pid_t worker = worker_of(host, "resuming_1");
    const auto now = host.directory() / "now";
    ben.says("working " + now.string());
    ASSERT_EQ(ben.hears(), "working");
    ben.says("7");
    culprit.says("close link");
    ASSERT_TRUE(eventually([&] { return count_of(host, "resuming_1", "severed") == 1; }));

    write_file(now, "now");

    EXPECT_TRUE(is_replaced(host, "resuming_1", worker));
    EXPECT_EQ(ben.hears(), "interrupted");
    EXPECT_EQ(ben.hears(), "7 of 1") << "what had not begun is handled once";
    EXPECT_EQ(count_of(host, "resuming_1", "begun ben"), 1u);
    EXPECT_EQ(culprit.closed().code, 1011u);
    EXPECT_EQ(host.project("resuming_1").at("crashes"), 1);
}

TEST(Crash, of_a_thread_of_the_project_is_no_clients_fault_and_counts_against_the_project) {
    TestHost host{{.projects = {fixture_project("resuming_1")}}};
    auto ana = host.connect("/resuming_1?ana"), ben = host.connect("/resuming_1?ben");
    for (int i = 0; i < 5; ++i) {
        const auto now = host.directory() / ("now" + std::to_string(i));
        ana.says("thread " + now.string());
        ASSERT_TRUE(ana.hears_at_last("waits"));
        EXPECT_EQ(ask(ana, "count"), "0") << "and so that handler has returned";
        ben.says("working " + (host.directory() / "never").string());
        ASSERT_EQ(ben.hears(), "working");

        write_file(now, "now");

        if (i < 4) {
            ASSERT_EQ(ben.hears(Deadline{20s}), "interrupted") << i;
        }
    }

    EXPECT_EQ(ben.closed(Deadline{20s}).code, 1012u);
    EXPECT_TRUE(host.project_is("resuming_1", "failed"));
}

TEST(Crash, does_not_repeat_the_event_that_it_interrupted) {
    TestHost host{{.projects = {fixture_project("resuming_1")}}};
    const auto gate = host.directory() / "gate";
    auto ana = host.connect("/resuming_1?ana"), culprit = host.connect("/resuming_1?culprit");
    ana.says("working " + gate.string());
    EXPECT_EQ(ana.hears(), "working");
    ana.says("1");

    culprit.says("segv");

    EXPECT_EQ(culprit.closed().code, 1011u);
    EXPECT_EQ(ana.hears(), "interrupted");
    EXPECT_EQ(ana.hears(), "1 of 1");
    EXPECT_TRUE(host.logs("event was interrupted by the death of its worker"));
}

TEST(Crash, repeats_the_event_that_it_interrupted_where_the_project_allows_it) {
    TestHost host{{.projects = {fixture_project("resuming_1")},
                   .more = "[project.resuming_1.flags]\nrepeatable = true\n"}};
    const auto gate = host.directory() / "gate";
    auto ana = host.connect("/resuming_1?ana"), culprit = host.connect("/resuming_1?culprit");
    ana.says("working " + gate.string());
    ASSERT_TRUE(eventually([&] { return count_of(host, "resuming_1", "begun ana") == 1; }));
    const pid_t worker = worker_of(host, "resuming_1");
    culprit.says("segv");
    EXPECT_EQ(culprit.closed().code, 1011u);
    ASSERT_TRUE(is_replaced(host, "resuming_1", worker));
    EXPECT_TRUE(eventually([&] { return count_of(host, "resuming_1", "begun ana") == 2; }));

    write_file(gate, "open");

    EXPECT_EQ(ana.hears(), "working");
    EXPECT_EQ(ana.hears(), "worked");
}

TEST(Crash, lets_newcomers_wait_for_the_next_process) {
    TestHost host{{.projects = {shipped_project("echo")}}};
    kill_worker(host, "echo");

    EXPECT_EQ(RawClient{host.ws()}.ask("/echo").status, 101);
}

TEST(Crash, in_a_connection_event_refuses_that_client_alone) {
    TestHost host{{.projects = {fixture_project("stateless_1")}}};
    auto ana = host.connect("/stateless_1?ana");

    EXPECT_EQ(RawClient{host.ws()}.ask("/stateless_1?die").status, 500);

    EXPECT_EQ(ask(ana, "1"), "1 of 1");
}

TEST(Crash, of_a_project_that_gives_up_closes_its_clients_with_1012) {
    TestHost host{{.projects = {fixture_project("stateless_1")}}};
    auto ana = host.connect("/stateless_1?ana");
    pid_t last = 0;
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(is_replaced(host, "stateless_1", last)) << i;
        last = kill_worker(host, "stateless_1");
    }

    EXPECT_EQ(ana.closed(Deadline{20s}).code, 1012u);
    EXPECT_TRUE(host.project_is("stateless_1", "failed"));
}

// ---- a new version --------------------------------------------------------------------------------------

class NewVersion : public BothIsolations {};
BERTH_BOTH_ISOLATIONS(NewVersion);

TEST_P(NewVersion, of_a_stateless_project_serves_its_clients_without_a_cut) {
    TestHost host{with({fixture_project("stateless_1")})};
    auto ana = host.connect("/stateless_1?ana");
    EXPECT_EQ(ask(ana, "version"), "1");

    redeploy(host, "stateless_2", "stateless_1");
    ASSERT_TRUE(runs_version(host, "stateless_1", "2"));

    EXPECT_TRUE(eventually([&] { return ask(ana, "version") == "2"; }));
    EXPECT_EQ(host.project("stateless_1").at("clients"), 1);
    EXPECT_TRUE(eventually([&] { return count_of(host, "stateless_1", "stop 1") == 1; })) << "the old one ends";
    EXPECT_EQ(count_of(host, "stateless_1", "gone ana 1012"), 0u);
}

TEST_P(NewVersion, of_a_resuming_project_goes_on_with_their_state) {
    TestHost host{with({fixture_project("resuming_1")})};
    auto ana = host.connect("/resuming_1?ana"), ben = host.connect("/resuming_1?ben");
    EXPECT_EQ(ask(ana, "1"), "1 of 1");
    EXPECT_EQ(ask(ana, "2"), "2 of 2");

    redeploy(host, "resuming_2", "resuming_1");
    ASSERT_TRUE(runs_version(host, "resuming_1", "2"));

    EXPECT_TRUE(eventually([&] { return ask(ana, "version") == "2"; }));
    EXPECT_EQ(ask(ana, "3"), "3 of 3");
    EXPECT_TRUE(eventually([&] { return ask(ben, "version") == "2"; }));
    EXPECT_EQ(ask(ben, "tag?"), "ben");
    ana.closes();
    ana.closed();
    EXPECT_TRUE(eventually([&] { return count_of(host, "resuming_1", "gone ana 1000") == 1; }));
}

TEST_P(NewVersion, waits_for_the_handler_that_runs_before_it_takes_its_client) {
    TestHost host{with({fixture_project("resuming_1")})};
    const auto gate = host.directory() / "gate";
    auto ana = host.connect("/resuming_1?ana"), ben = host.connect("/resuming_1?ben");
    ana.says("working " + gate.string());
    EXPECT_EQ(ana.hears(), "working");

    redeploy(host, "resuming_2", "resuming_1");
    ASSERT_TRUE(runs_version(host, "resuming_1", "2"));
    EXPECT_TRUE(eventually([&] { return ask(ben, "version") == "2"; })) << "nobody else waits";
    host.ask("clients");  // Every I/O thread answers, behind what it was told of the new version.
    ana.says("version");
    write_file(gate, "open");

    EXPECT_EQ(ana.hears(), "worked");
    EXPECT_EQ(ana.hears(), "2");
}

TEST_P(NewVersion, leaves_the_clients_of_other_projects_with_the_old_one_until_they_leave) {
    TestHost host{with({fixture_project("greeter_1")})};
    auto ana = host.connect("/greeter_1");
    redeploy(host, "greeter_2", "greeter_1");
    ASSERT_TRUE(runs_version(host, "greeter_1", "2"));

    auto ben = host.connect("/greeter_1");

    EXPECT_EQ(ask(ben, "hi"), "version 2");
    EXPECT_EQ(ask(ana, "hi"), "version 1");
    EXPECT_EQ(host.project("greeter_1").at("clients"), 2);
    ana.closes();
    EXPECT_EQ(ana.closed().code, 1000u);
    EXPECT_EQ(ask(ben, "hi"), "version 2");
}

TEST_P(NewVersion, closes_them_with_1012_when_the_drain_limit_has_passed) {
    auto options = with({fixture_project("witness")});
    options.limits = {"drain = \"1 s\""};
    TestHost host{options};
    auto ana = host.connect("/witness");
    const auto id = ask(ana, "id");

    ASSERT_EQ(host.cli({"reload", "witness"}).exit_code, 0);

    EXPECT_EQ(ana.closed(Deadline{20s}).code, 1012u);
    EXPECT_TRUE(eventually([&] { return Events{host}.count("destroy " + id) == 1; }));
    const auto told = Events{host}.rest("gone " + id + " ");
    ASSERT_EQ(told.size(), 1u);
    EXPECT_THAT(told[0], testing::StartsWith("1012 6 ")) << "6: by a redeploy";
}

TEST_P(NewVersion, of_an_exclusive_project_whose_clients_do_not_survive_closes_them_and_waits_for_the_end_of_the_old_one) {
    TestHost host{with({fixture_project("stateless_1")}, "[project.stateless_1.flags]\nexclusive = true\nstateless = false\n")};
    auto ana = host.connect("/stateless_1?ana");

    redeploy(host, "stateless_2", "stateless_1");

    EXPECT_EQ(ana.closed(Deadline{20s}).code, 1012u);
    ASSERT_TRUE(runs_version(host, "stateless_1", "2"));
    auto ben = host.connect("/stateless_1?ben");
    EXPECT_EQ(ask(ben, "version"), "2");
    EXPECT_EQ(count_of(host, "stateless_1", "stop 1"), 1u) << "before anything of the new one";
}

TEST_P(NewVersion, stopped_with_the_project_closes_both_versions) {
    TestHost host{with({fixture_project("greeter_1")})};
    auto ana = host.connect("/greeter_1");
    redeploy(host, "greeter_2", "greeter_1");
    ASSERT_TRUE(runs_version(host, "greeter_1", "2"));
    auto ben = host.connect("/greeter_1");

    EXPECT_TRUE(host.ask("stop", {{"project", "greeter_1"}}).value("ok", false));

    EXPECT_EQ(ana.closed().code, 1001u);
    EXPECT_EQ(ben.closed().code, 1001u);
}

TEST_P(NewVersion, is_deployed_from_elsewhere_kept_and_rolled_back) {
    TestHost host{with({fixture_project("stateless_1")})};
    auto ana = host.connect("/stateless_1?ana");

    const auto deployed = host.cli({"deploy", fixture_project("stateless_2").string(), "--name", "stateless_1"});

    EXPECT_EQ(deployed.exit_code, 0) << deployed.err;
    EXPECT_TRUE(eventually([&] { return ask(ana, "version") == "2"; }));
    EXPECT_EQ(read_file(host.plugins() / "stateless_1.so"), read_file(fixture_project("stateless_2")));
    EXPECT_EQ(host.project("stateless_1").at("earlier"), nlohmann::json::array({"1"}));
    const auto back = host.cli({"rollback", "stateless_1"});
    EXPECT_EQ(back.exit_code, 0) << back.err;
    EXPECT_TRUE(eventually([&] { return ask(ana, "version") == "1"; }));
    EXPECT_THAT(host.cli({"rollback", "stateless_1"}).err, HasSubstr("has no version before this one; `berth deploy FILE` brings another"));
}

TEST_P(NewVersion, that_would_cut_more_than_one_client_wants_a_yes) {
    TestHost host{with({fixture_project("greeter_1"), fixture_project("stateless_1")})};
    auto ana = host.connect("/greeter_1"), ben = host.connect("/greeter_1");
    auto cleo = host.connect("/stateless_1?cleo"), dan = host.connect("/stateless_1?dan");
    install_file(fixture_project("greeter_2"), host.directory() / "greeter_1.so");
    const std::string next = (host.directory() / "greeter_1.so").string();

    const auto asked = host.cli({"deploy", next});

    EXPECT_EQ(asked.exit_code, 2);
    EXPECT_EQ(asked.err, "berth: this would disconnect 2 clients; add --yes to do it\n");
    EXPECT_EQ(host.project("greeter_1").at("version"), "1");
    EXPECT_EQ(host.cli({"deploy", next, "--yes"}).exit_code, 0);
    EXPECT_EQ(host.cli({"rollback", "greeter_1"}).exit_code, 2);
    EXPECT_EQ(host.cli({"rollback", "greeter_1", "--yes"}).exit_code, 0);
    EXPECT_EQ(host.cli({"deploy", fixture_project("stateless_2").string(), "--name", "stateless_1"}).exit_code, 0)
        << "they go on in it";
    EXPECT_TRUE(eventually([&] { return ask(cleo, "version") == "2"; }));
    EXPECT_EQ(host.cli({"rollback", "stateless_1"}).exit_code, 0);
}

TEST_P(NewVersion, that_cannot_be_loaded_leaves_everything_as_it_is) {
    TestHost host{with({fixture_project("stateless_1")})};
    auto ana = host.connect("/stateless_1?ana");
    const auto bad = host.directory() / "bad.so";
    write_file(bad, read_file(fixture_project("stateless_2")).substr(0, 5000));

    const auto deployed = host.cli({"deploy", bad.string(), "--name", "stateless_1"});

    EXPECT_NE(deployed.exit_code, 0);
    EXPECT_THAT(deployed.err, HasSubstr("project stateless_1: bad.so: "));
    EXPECT_EQ(ask(ana, "version"), "1");
    EXPECT_EQ(read_file(host.plugins() / "stateless_1.so"), read_file(fixture_project("stateless_1")));
    EXPECT_NE(host.cli({"deploy", fixture_project("stateless_2").string()}).exit_code, 0) << "stateless_2 is no project";
}

TEST_P(NewVersion, is_shown_for_each_client) {
    TestHost host{with({fixture_project("greeter_1")})};
    auto ana = host.connect("/greeter_1");
    redeploy(host, "greeter_2", "greeter_1");
    ASSERT_TRUE(runs_version(host, "greeter_1", "2"));
    auto ben = host.connect("/greeter_1");

    std::vector<std::string> versions;
    const auto answer = host.ask("clients");
    for (const auto& client : answer.at("clients")) versions.push_back(client.at("version"));

    EXPECT_THAT(versions, ::testing::UnorderedElementsAre("1", "2"));
    EXPECT_EQ(host.project("greeter_1").at("draining"), nlohmann::json::array({"1"}));
}

TEST(NewVersionOfItself, that_dies_twice_at_once_is_rolled_back) {
    TestHost host{{.projects = {fixture_project("stateless_1")}}};
    auto ana = host.connect("/stateless_1?ana");
    redeploy(host, "stateless_2", "stateless_1");
    ASSERT_TRUE(runs_version(host, "stateless_1", "2"));

    const pid_t first = kill_worker(host, "stateless_1");
    ASSERT_TRUE(is_replaced(host, "stateless_1", first));
    kill_worker(host, "stateless_1");

    EXPECT_TRUE(runs_version(host, "stateless_1", "1"));
    EXPECT_TRUE(host.logs("project goes back to the version before"));
    EXPECT_TRUE(eventually([&] { return ask(ana, "version") == "1"; })) << "and nobody was cut";
}

TEST(NewVersionOfItself, that_clients_kill_twice_at_once_stays) {
    TestHost host{{.projects = {fixture_project("stateless_1")}}};
    redeploy(host, "stateless_2", "stateless_1");
    ASSERT_TRUE(runs_version(host, "stateless_1", "2"));

    for (int i = 0; i < 2; ++i) {
        auto mallory = host.connect("/stateless_1?mallory");
        mallory.says("segv");
        EXPECT_EQ(mallory.closed(Deadline{20s}).code, 1011u);
    }

    auto ana = host.connect("/stateless_1?ana");
    EXPECT_EQ(ask(ana, "version"), "2");
    EXPECT_EQ(host.log().find("project goes back"), std::string::npos);
}

}  // namespace berth::test
