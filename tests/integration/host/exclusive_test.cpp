// SPDX-License-Identifier: MIT
// A new version of a project of which no two may run at once begins when the old one has ended. Where its clients survive,
// they wait meanwhile, as after a crash: nobody is cut, nothing is lost, done twice or out of order.
#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <sstream>
#include <thread>
#include <tuple>

#include "integration/host/suite.hpp"

namespace berth::test {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// Says numbers without a pause, several ahead of their answers.
class Talker {
public:
    Talker(TestHost& host, const std::string& project, const std::string& tag)
        : client_(host.connect("/" + project + "?" + tag)), thread_([this] { talk(); }) {}
    ~Talker() { stop(); }

    /// Stops when every answer that is due has come.
    void stop() {
        ends_.store(true);
        if (thread_.joinable()) thread_.join();
    }
    [[nodiscard]] int answered() const { return answered_.load(); }
    [[nodiscard]] bool is_open() const { return client_.is_open(); }
    /// The first answer that was not the next number's; empty: all were.
    [[nodiscard]] const std::string& trouble() const { return trouble_; }

private:
    static constexpr int ahead = 8;

    void talk() {
        int said = 0;
        while (trouble_.empty() && (answered_ < said || !ends_.load())) {
            while (!ends_.load() && said < answered_ + ahead) client_.says(std::to_string(++said));
            const std::string answer = client_.hears(Deadline{30s});
            const std::string due = std::to_string(answered_ + 1);
            if (answer.starts_with(due + " of ")) {
                ++answered_;
            } else {
                trouble_ = "after " + std::to_string(answered_) + ": " + answer;
            }
        }
    }

    WsClient client_;
    std::atomic<bool> ends_{false};
    std::atomic<int> answered_{0};
    std::string trouble_;  ///< read after `stop`
    std::thread thread_;   ///< last: it uses the others
};

/// Each test for both ways to survive and both isolations.
class Exclusive : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
protected:
    [[nodiscard]] static bool resumes() { return std::get<0>(GetParam()) == "resuming"; }
    [[nodiscard]] static std::string project() { return "exclusive_" + std::get<0>(GetParam()) + "_1"; }
    [[nodiscard]] static std::filesystem::path version(const std::string& number) {
        return fixture_project("exclusive_" + std::get<0>(GetParam()) + "_" + number);
    }
    [[nodiscard]] static HostOptions options(std::vector<std::string> limits = {"resume = \"60 s\""}) {
        return {.isolation = std::get<1>(GetParam()), .projects = {version("1")}, .limits = std::move(limits)};
    }
    static std::filesystem::path in_data(const TestHost& host, const std::string& file) { return host.state() / project() / file; }
    static std::vector<std::string> ledger(const TestHost& host) {
        std::vector<std::string> lines;
        std::istringstream in{read_file(in_data(host, "ledger"))};
        for (std::string line; std::getline(in, line);) lines.push_back(line);
        return lines;
    }
    static auto count_of(const TestHost& host, std::string_view line) {
        const auto lines = ledger(host);
        return std::count(lines.begin(), lines.end(), line);
    }
    static Output deploy(const TestHost& host, const std::string& number) {
        return host.cli({"deploy", version(number).string(), "--name", project()});
    }
    static bool runs(const TestHost& host, const std::string& number) {
        return eventually(
            [&] {
                const auto row = host.project(project());
                return row.value("version", "") == number && row.value("state", "") == "open";
            },
            Deadline{20s});
    }
};

std::string name_of(const ::testing::TestParamInfo<std::tuple<std::string, std::string>>& variant) {
    return std::get<0>(variant.param) + "_" + std::get<1>(variant.param);
}

const auto survivals = ::testing::Values("stateless", "resuming");
INSTANTIATE_TEST_SUITE_P(All, Exclusive, ::testing::Combine(survivals, ::testing::Values("process", "none")), name_of);

/// The gateway is not replaced for its memory.
class ExclusiveProcess : public Exclusive {};
INSTANTIATE_TEST_SUITE_P(All, ExclusiveProcess, ::testing::Combine(survivals, ::testing::Values("process")), name_of);

}  // namespace

TEST_P(Exclusive, versions_follow_one_another_without_a_cut) {
    TestHost host{options()};
    auto ana = host.connect("/" + project() + "?ana"), ben = host.connect("/" + project() + "?ben");
    EXPECT_EQ(ask(ana, "1"), "1 of 1");
    EXPECT_EQ(ask(ana, "2"), "2 of 2");

    const auto deployed = deploy(host, "2");

    EXPECT_EQ(deployed.exit_code, 0) << deployed.err;
    EXPECT_EQ(ask(ana, "version"), "2");
    EXPECT_EQ(ask(ben, "version"), "2");
    EXPECT_EQ(ask(ana, "3"), resumes() ? "3 of 3" : "3 of 1");
    EXPECT_EQ(host.project(project()).at("clients"), 2);
    EXPECT_EQ(host.project(project()).at("crashes"), 0);
    EXPECT_EQ(count_of(host, "stop 1"), 1);
    ana.closes();
    EXPECT_EQ(ana.closed().code, 1000u);
    EXPECT_TRUE(eventually([&] { return count_of(host, resumes() ? "gone ana 1000" : "gone  1000") == 1; }));
    EXPECT_EQ(count_of(host, "two owners"), 0);
}

TEST_P(Exclusive, versions_lose_double_and_reorder_nothing_under_load) {
    TestHost host{options()};
    constexpr int talkers = 6;
    std::vector<std::unique_ptr<Talker>> all;
    for (int i = 0; i < talkers; ++i) all.push_back(std::make_unique<Talker>(host, project(), "t" + std::to_string(i)));
    const auto talk_on = [&] {
        std::vector<int> before;
        for (const auto& talker : all) before.push_back(talker->answered());
        return eventually(
            [&] {
                for (std::size_t i = 0; i < all.size(); ++i) {
                    if (all[i]->answered() < before[i] + 50) return false;
                }
                return true;
            },
            Deadline{20s});
    };
    ASSERT_TRUE(talk_on());

    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(deploy(host, "2").exit_code, 0);
        EXPECT_TRUE(talk_on()) << round;
        EXPECT_EQ(host.cli({"reload", project()}).exit_code, 0);
        EXPECT_TRUE(talk_on()) << round;
        EXPECT_EQ(host.cli({"rollback", project()}).exit_code, 0);
        EXPECT_TRUE(talk_on()) << round;
    }

    for (const auto& talker : all) talker->stop();
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i]->trouble(), "") << i;
        EXPECT_TRUE(all[i]->is_open()) << i;
    }
    std::map<std::string, std::vector<int>> handled;
    int lines = 0, said = 0;
    for (const std::string& line : ledger(host)) {
        const auto space = line.rfind(' ');
        if (line.starts_with("stop")) continue;
        handled[line.substr(0, space)].push_back(std::atoi(line.c_str() + space));
        ++lines;
    }
    for (const auto& talker : all) said += talker->answered();
    EXPECT_EQ(lines, said) << "each was handled once";
    EXPECT_EQ(count_of(host, "stop 1") + count_of(host, "stop 2"), 6);
    EXPECT_EQ(count_of(host, "two owners"), 0);
    EXPECT_EQ(host.project(project()).at("crashes"), 0);
    if (!resumes()) return;  // Its fresh globals do not know whose numbers they write down.
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& numbers = handled["t" + std::to_string(i)];
        ASSERT_EQ(numbers.size(), static_cast<std::size_t>(all[i]->answered()));
        for (std::size_t n = 0; n < numbers.size(); ++n) ASSERT_EQ(numbers[n], static_cast<int>(n) + 1);
    }
}

TEST_P(Exclusive, version_waits_for_the_handler_that_runs) {
    TestHost host{options()};
    const auto gate = host.directory() / "gate";
    auto ana = host.connect("/" + project() + "?ana"), ben = host.connect("/" + project() + "?ben");
    ana.says("working " + gate.string());
    EXPECT_EQ(ana.hears(), "working");
    ana.says("1");
    install_file(version("2"), host.plugins() / (project() + ".so"));
    ASSERT_TRUE(host.project_is(project(), "starting", Deadline{20s}));
    host.ask("clients");  // Every I/O thread answers, behind what it was told of the end of the old one.
    ana.says("version");
    ben.says("version");

    write_file(gate, "open");

    EXPECT_EQ(ana.hears(), "worked");
    EXPECT_EQ(ana.hears(), "1 of 1") << "what was accepted before is done by the old one";
    EXPECT_EQ(ana.hears(), "2");
    EXPECT_EQ(ben.hears(), "2");
    EXPECT_EQ(count_of(host, "two owners"), 0);
}

TEST_P(Exclusive, version_that_fails_brings_the_old_one_back_for_its_clients) {
    TestHost host{options()};
    auto ana = host.connect("/" + project() + "?ana");
    EXPECT_EQ(ask(ana, "1"), "1 of 1");
    write_file(in_data(host, "refuse-2"), "");

    const auto deployed = deploy(host, "2");

    EXPECT_NE(deployed.exit_code, 0);
    EXPECT_THAT(deployed.err, HasSubstr("told to refuse"));
    ana.says("2");
    EXPECT_EQ(ana.hears(Deadline{20s}), resumes() ? "2 of 2" : "2 of 1");
    EXPECT_EQ(ask(ana, "version"), "1");
    EXPECT_TRUE(runs(host, "1"));
    auto ben = host.connect("/" + project() + "?ben");
    EXPECT_EQ(ask(ben, "version"), "1");
    EXPECT_EQ(count_of(host, "two owners"), 0);
}

TEST_P(Exclusive, version_that_does_not_get_ready_has_its_clients_closed_when_the_limit_has_passed) {
    TestHost host{options({"resume = \"1 s\""})};
    auto ana = host.connect("/" + project() + "?ana");
    write_file(in_data(host, "delay-2"), "");
    install_file(version("2"), host.plugins() / (project() + ".so"));

    const auto closed = ana.closed(Deadline{20s});

    EXPECT_EQ(closed.code, 1012u);
    EXPECT_THAT(closed.reason, HasSubstr("retry-after="));
    EXPECT_TRUE(host.project_is(project(), "starting"));
    std::filesystem::remove(in_data(host, "delay-2"));
    ASSERT_TRUE(runs(host, "2"));
    auto ben = host.connect("/" + project() + "?ben");
    EXPECT_EQ(ask(ben, "version"), "2");
}

TEST_P(Exclusive, version_handles_the_end_of_whoever_left_while_it_came) {
    TestHost host{options()};
    auto ana = host.connect("/" + project() + "?ana"), ben = host.connect("/" + project() + "?ben");
    write_file(in_data(host, "delay-2"), "");
    install_file(version("2"), host.plugins() / (project() + ".so"));
    ASSERT_TRUE(eventually([&] { return count_of(host, "stop 1") == 1; }, Deadline{20s}));
    ana.raw().reset();
    ASSERT_TRUE(eventually([&] { return host.ask("clients").at("total") == 1; }));

    std::filesystem::remove(in_data(host, "delay-2"));

    EXPECT_EQ(ask(ben, "version"), "2");
    EXPECT_TRUE(eventually([&] { return count_of(host, resumes() ? "gone ana 1006" : "gone  1006") == 1; }));
}

TEST_P(Exclusive, project_that_is_stopped_between_two_versions_closes_its_clients_with_1001) {
    TestHost host{options()};
    auto ana = host.connect("/" + project() + "?ana");
    write_file(in_data(host, "delay-2"), "");
    install_file(version("2"), host.plugins() / (project() + ".so"));
    ASSERT_TRUE(eventually([&] { return count_of(host, "stop 1") == 1; }, Deadline{20s}));

    auto stopped = std::async(std::launch::async, [&] { return host.ask("stop", {{"project", project()}}).value("ok", false); });

    EXPECT_EQ(ana.closed().code, 1001u);
    std::filesystem::remove(in_data(host, "delay-2"));
    EXPECT_TRUE(stopped.get());
    EXPECT_TRUE(host.project_is(project(), "stopped"));
}

TEST_P(ExclusiveProcess, with_too_much_memory_is_renewed_without_a_cut) {
#if defined(BERTH_SANITIZED)
    GTEST_SKIP() << "a sanitizer's memory is not bounded";
#endif
    TestHost host{options({"memory = \"64 MiB\"", "resume = \"60 s\""})};
    auto ana = host.connect("/" + project() + "?ana");
    EXPECT_EQ(ask(ana, "1"), "1 of 1");
    const auto pid = host.project(project()).at("pid");

    EXPECT_EQ(ask(ana, "leak 64"), "leaked");

    EXPECT_TRUE(host.logs("worker has too much memory: replacing it", Deadline{20s}));
    EXPECT_TRUE(eventually([&] { return host.project(project()).at("state") == "open" && host.project(project()).at("pid") != pid; }, Deadline{20s}));
    EXPECT_EQ(ask(ana, "2"), resumes() ? "2 of 2" : "2 of 1");
    EXPECT_EQ(host.project(project()).at("crashes"), 0);
}

}  // namespace berth::test
