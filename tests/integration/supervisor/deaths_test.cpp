// SPDX-License-Identifier: MIT
// What a host does when one of its processes dies (RELIABILITY H1, H2, P1, P15).
#include <gmock/gmock.h>
#include <signal.h>

#include <sstream>

#include "support/test_host.hpp"

namespace berth::test {
namespace {

using ::testing::HasSubstr;

/// The host's process of a kind: "__gateway", "__worker". 0: there is none.
pid_t process_of(const TestHost& host, std::string_view verb) {
    for (const pid_t process : host.processes()) {
        if (command_line(process).find(verb) != std::string::npos) return process;
    }
    return 0;
}

/// Of the project as the host says it; 0 while there is none.
pid_t worker_of(const TestHost& host, std::string_view project) {
    const auto row = host.project(project);
    return row.is_null() ? 0 : row.value("pid", 0);
}

std::string asks(WsClient& client, std::string_view command) {
    return client.says(command) ? client.hears() : "<could not send>";
}

/// The log's first line with that text.
std::string line_with(const TestHost& host, std::string_view text) {
    std::istringstream lines{host.log()};
    for (std::string line; std::getline(lines, line);)
        if (line.find(text) != std::string::npos) return line;
    return "(none)";
}

}  // namespace

TEST(WorkerDeath, closes_its_clients_with_1012_restarts_it_and_touches_nobody_else) {
    TestHost host{{.projects = {fixture_project("witness"), shipped_project("echo")}}};
    auto ana = host.connect("/witness");
    auto ben = host.connect("/echo");
    const pid_t worker = worker_of(host, "witness");
    ASSERT_GT(worker, 0);

    ::kill(worker, SIGKILL);

    EXPECT_EQ(ana.closed().code, 1012u);
    EXPECT_TRUE(host.project_is("witness", "open"));
    auto cleo = host.connect("/witness");
    EXPECT_EQ(asks(cleo, "echo back"), "back");
    EXPECT_EQ(asks(ben, "untouched"), "untouched");
    const auto row = host.project("witness");
    EXPECT_EQ(row.at("crashes"), 1);
    EXPECT_EQ(row.at("restarts"), 1);
    EXPECT_EQ(row.at("generation"), "1");
    EXPECT_THAT(row.at("last_error").get<std::string>(), HasSubstr("ended by SIGKILL (killed)"));
}

TEST(WorkerDeath, names_the_client_whose_message_killed_it_and_closes_that_one_with_1011) {
    TestHost host{{.projects = {fixture_project("puppet")}}};
    auto ana = host.connect("/puppet");
    auto ben = host.connect("/puppet");
    std::string ana_id;
    const auto clients = host.ask("clients", {{"project", "puppet"}}).at("clients");
    for (const auto& client : clients)
        if (client.at("port") == ana.raw().local_port()) ana_id = client.at("id");
    ASSERT_NE(ana_id, "");

    ana.says("crash");

    EXPECT_EQ(ana.closed().code, 1011u);
    EXPECT_EQ(ben.closed().code, 1012u);
    ASSERT_TRUE(host.logs("event killed its worker"));
    EXPECT_THAT(line_with(host, "event killed its worker"), HasSubstr(" client=" + ana_id + " "));
    EXPECT_THAT(line_with(host, "worker died"), HasSubstr("in message of client " + ana_id));
    EXPECT_TRUE(host.project_is("puppet", "open"));
}

TEST(WorkerDeath, that_a_client_causes_again_and_again_never_makes_the_project_fail) {
    TestHost host{{.projects = {fixture_project("puppet")}}};
    for (int i = 0; i < 6; ++i) {
        ASSERT_TRUE(host.project_is("puppet", "open", Deadline{std::chrono::seconds{20}})) << i;
        auto client = host.connect("/puppet");
        client.says("crash");
        EXPECT_EQ(client.closed().code, 1011u);
    }

    EXPECT_TRUE(host.project_is("puppet", "open", Deadline{std::chrono::seconds{20}}));
    EXPECT_EQ(host.project("puppet").at("crashes"), 6);
}

TEST(WorkerDeath, five_times_within_five_minutes_makes_the_project_fail_until_it_is_opened) {
    TestHost host{{.projects = {fixture_project("witness"), shipped_project("echo")}}};
    pid_t last = 0;
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(eventually(
            [&] {
                const pid_t now = worker_of(host, "witness");
                return now > 0 && now != last && host.project("witness").at("state") == "open";
            },
            Deadline{std::chrono::seconds{20}}))
            << i;
        last = worker_of(host, "witness");
        ::kill(last, SIGKILL);
    }

    ASSERT_TRUE(host.project_is("witness", "failed"));
    // The gateway may hear of it a moment after the supervisor knows.
    EXPECT_TRUE(eventually([&] {
        const auto answer = RawClient{host.ws()}.ask("/witness");
        return answer.status == 503 && answer.header("Retry-After") == "30";
    }));
    auto ana = host.connect("/echo");
    EXPECT_EQ(asks(ana, "served"), "served");

    EXPECT_EQ(host.cli({"open", "witness"}).exit_code, 0);
    EXPECT_TRUE(host.project_is("witness", "open"));
}

TEST(WorkerDeath, a_frozen_worker_is_found_by_its_heartbeat_and_replaced) {
    TestHost host{{.projects = {fixture_project("witness"), shipped_project("echo")}}};
    const pid_t worker = worker_of(host, "witness");

    ::kill(worker, SIGSTOP);

    EXPECT_TRUE(eventually([&] { return worker_of(host, "witness") > 0 && worker_of(host, "witness") != worker; },
                           Deadline{std::chrono::seconds{20}}));
    EXPECT_TRUE(host.project_is("witness", "open"));
    EXPECT_THAT(host.project("witness").at("last_error").get<std::string>(), HasSubstr("did not answer for 5 s"));
}

class GatewayDeath : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Isolations, GatewayDeath, ::testing::Values("process", "none"),
                         [](const auto& isolation) { return isolation.param; });

TEST_P(GatewayDeath, is_mended_while_the_listening_sockets_stay_open_and_nobody_is_refused) {
    TestHost host{{.isolation = GetParam(), .projects = {shipped_project("echo")}}};
    auto before = host.connect("/echo");
    const auto id_before = host.ask("clients").at("clients").at(0).at("id").get<std::string>();

    ::kill(process_of(host, "__gateway"), SIGKILL);

    // Whoever comes while there is no gateway waits in the kernel's queue and is served by the next one.
    RawClient newcomer{host.ws()};
    const int status = newcomer.ask("/echo").status;
    EXPECT_EQ(before.closed().code, 1006u);
    // A worker that lived in the gateway is started anew as well, and waited for.
    EXPECT_EQ(status, 101);
    ASSERT_TRUE(host.project_is("echo", "open"));
    auto after = host.connect("/echo");
    EXPECT_EQ(asks(after, "hi"), "hi");
    const auto clients = host.ask("clients").at("clients");
    for (const auto& client : clients) EXPECT_NE(client.at("id"), id_before);
    EXPECT_EQ(host.ask("status").at("gateway").at("restarts"), 1);
}

TEST(GatewayDeathOfClients, each_lost_client_gets_exactly_one_disconnection_event) {
    TestHost host{{.projects = {fixture_project("witness")}}};
    std::vector<WsClient> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(host.connect("/witness"));
    const pid_t worker = worker_of(host, "witness");

    ::kill(process_of(host, "__gateway"), SIGKILL);

    const auto gone = [&] {
        std::size_t count = 0;
        const std::string events = read_file(host.state() / "witness" / "events");
        for (std::size_t at = events.find("gone "); at != std::string::npos; at = events.find("gone ", at + 1)) ++count;
        return count;
    };
    EXPECT_TRUE(eventually([&] { return gone() == 20; }));
    EXPECT_TRUE(eventually([&] { return host.ask("status").at("gateway").at("state") == "running"; }));
    auto late = host.connect("/witness");
    EXPECT_EQ(asks(late, "echo hi"), "hi");
    EXPECT_EQ(gone(), 20u);
    EXPECT_EQ(worker_of(host, "witness"), worker) << "the worker lived on";
}

/// A host without the care that TestHost takes of its end.
struct BareHost {
    explicit BareHost(const std::filesystem::path& project) {
        for (const char* name : {"plugins", "state", "run"}) std::filesystem::create_directory(directory / name);
        std::filesystem::permissions(directory.path(), std::filesystem::perms{0755});
        install_file(project, directory / "plugins" / project.filename());
        write_file(directory / "berth.toml", "[host]\nplugins = \"" + (directory / "plugins").string() + "\"\nstate = \"" +
                                                 (directory / "state").string() + "\"\nrun = \"" +
                                                 (directory / "run").string() + "\"\n[[listen]]\naddress = \"127.0.0.1:0\"\n");
        pid = spawn({berth_executable(), "serve", "--config", directory / "berth.toml"}, directory / "log");
    }
    ~BareHost() {
        if (!is_alive(pid)) return;
        ::kill(pid, SIGKILL);
        wait_for(pid, Deadline::usual());
    }
    [[nodiscard]] bool says(std::string_view text) const {
        return eventually([&] { return read_file(directory / "log").find(text) != std::string::npos; });
    }

    TempDir directory;
    pid_t pid = 0;
};

TEST(SupervisorDeath, ends_every_process_of_the_host) {
    const BareHost host{shipped_project("echo")};
    ASSERT_TRUE(host.says("berth is ready"));
    const auto processes = descendants(host.pid);
    ASSERT_GE(processes.size(), 2u);

    ::kill(host.pid, SIGKILL);

    for (const pid_t process : processes) {
        EXPECT_TRUE(eventually([&] { return !is_alive(process); }, Deadline::usual())) << process;
    }
}

TEST(HostStop, a_second_signal_ends_everything_at_once) {
    const BareHost host{fixture_project("witness")};
    ASSERT_TRUE(host.says("berth is ready"));
    const auto processes = descendants(host.pid);
    for (const pid_t process : processes) ::kill(process, SIGSTOP);  // Nothing of it can end in order.

    ::kill(host.pid, SIGTERM);
    ASSERT_TRUE(host.says("host is stopping"));
    ::kill(host.pid, SIGTERM);

    EXPECT_EQ(wait_for(host.pid, Deadline{std::chrono::seconds{15}}), 128 + SIGTERM);
    for (const pid_t process : processes) EXPECT_FALSE(is_alive(process));
}

}  // namespace berth::test
