// SPDX-License-Identifier: MIT
// Handlers that never end and processes that stand still (RELIABILITY §5, G4): found in time, at nobody else's cost.
#include <csignal>
#include <thread>

#include "integration/chaos/options.hpp"
#include "integration/chaos/regulars.hpp"
#include "integration/chaos/run.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* kinds[]{"loop", "deadlock", "sleep", "stopped"};
constexpr std::size_t projects_of_each_kind = 2;
constexpr std::size_t clients_of_each_project = 2;
constexpr auto limit_of_handlers = 1s;
constexpr auto limit_of_silence = 5s;  ///< the host's own, until a process that says nothing counts as dead
constexpr auto found_within = 20s;     ///< of the limit, on a machine that is busy with something else

/// One project, its own clients, and what came of its hangs.
struct Patient {
    std::string kind;
    std::string name;
    std::unique_ptr<Crowd> crowd{};
    std::uint64_t survived = 0;
    std::chrono::milliseconds latest{0};  ///< found, beyond the limit
    std::chrono::milliseconds pause{0};   ///< of its clients, from the end of its process on
};

pid_t pid_of(const TestHost& host, const std::string& project) { return host.project(project).at("pid").get<pid_t>(); }

bool runs_again(const TestHost& host, const std::string& project, pid_t before) {
    return eventually([&] { return pid_of(host, project) > 0 && pid_of(host, project) != before; }, Deadline{30s});
}

/// Lets it hang once.
void hang(const TestHost& host, Patient& patient) {
    ASSERT_TRUE(patient.crowd->is_heard(10)) << patient.name;
    const pid_t worker = pid_of(host, patient.name);
    const auto from = Clock::now();
    const bool is_stopped = patient.kind == "stopped";
    const auto limit = is_stopped ? std::chrono::milliseconds(limit_of_silence) : std::chrono::milliseconds(limit_of_handlers);
    if (is_stopped) {
        ::kill(worker, SIGSTOP);
        const std::string found = "worker is silent: ending it  project=" + patient.name + " pid=" + std::to_string(worker);
        EXPECT_TRUE(host.logs(found, Deadline{limit + found_within}));
    } else {
        WsClient culprit{host.ws(), "/" + patient.name + "?culprit"};
        culprit.says(patient.kind);
        EXPECT_EQ(culprit.closed(Deadline{limit + found_within}).code, 1011u) << patient.name;
    }
    const auto ended = Clock::now();
    patient.latest = std::max(patient.latest, std::chrono::duration_cast<std::chrono::milliseconds>(ended - from) - limit);
    // One answer to each may still have been on its way.
    EXPECT_TRUE(patient.crowd->is_heard(2 * clients_of_each_project)) << patient.name;
    patient.pause = std::max(patient.pause, since(ended));
    const bool is_back = runs_again(host, patient.name, worker);
    EXPECT_TRUE(is_back) << patient.name;
    patient.survived += is_back ? 1 : 0;
}

}  // namespace

TEST(ChaosOfHangs, of_four_kinds_are_found_in_time_and_cost_no_other_client) {
#if defined(BERTH_SANITIZED)
    GTEST_SKIP() << "loops cost too much where every step is slow";
#endif
    static_cast<void>(seeded());
    const std::uint64_t hangs = sized(8, 100);
    auto options = chaos_options({shipped_project("echo")});
    options.limits = {"handler = \"1 s\"", "watch = \"0\""};
    // A process may be stopped amid a message of its clients: its silence is to be found, not that message.
    for (std::size_t i = 0; i < projects_of_each_kind; ++i)
        options.more += "[project.stopped" + std::to_string(i) + ".limits]\nhandler = \"5 min\"\n";
    TestHost host{options};
    std::vector<Patient> patients;
    for (const char* const kind : kinds)
        for (std::size_t i = 0; i < projects_of_each_kind; ++i) patients.push_back({.kind = kind, .name = kind + std::to_string(i)});
    for (auto& patient : patients) host.install(fixture_project("resuming_1"), patient.name + ".so");
    for (auto& patient : patients) {
        ASSERT_TRUE(host.project_is(patient.name, "open", Deadline{20s}));
        patient.crowd = std::make_unique<Crowd>(host.ws(), patient.name, clients_of_each_project, 1);
        patient.crowd->talk();
    }
    Regulars others{host.ws(), "/echo", 10, {}};

    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < patients.size(); ++i) {
        threads.emplace_back([&, i] {
            for (std::uint64_t n = i; n < hangs && !HasFatalFailure(); n += patients.size()) hang(host, patients[i]);
        });
    }
    for (auto& thread : threads) thread.join();
    others.stop();

    Row row{.test = "hangs of four kinds", .injected = hangs, .lost = 0, .duplicated = 0, .reordered = 0, .disconnected = others.disconnected()};
    std::map<std::string, std::chrono::milliseconds> latest, pause;
    std::chrono::milliseconds latest_of_all{0}, pause_after_end{0};
    for (auto& patient : patients) {
        if (patient.crowd->is_heard(1)) patient.crowd->fall_silent();
        const Account account = patient.crowd->settle(ledger_of(host, patient.name));
        expect_nothing_amiss(account);
        row.survived += patient.survived;
        *row.lost += account.lost;
        *row.duplicated += account.duplicated;
        *row.reordered += account.reordered;
        *row.disconnected += account.disconnected;
        latest[patient.kind] = std::max(latest[patient.kind], patient.latest);
        pause[patient.kind] = std::max(pause[patient.kind], account.pause_max);
        latest_of_all = std::max(latest_of_all, patient.latest);
        // Clients of those that are not stopped are served until the end.
        pause_after_end = std::max(pause_after_end, patient.kind == "stopped" ? patient.pause : account.pause_max);
    }
    row.longest_pause = std::max({pause["loop"], pause["deadlock"], pause["sleep"]});
    row.figures = {figure_of("found beyond the limit by", latest_of_all, 1s),
                   figure_of("pause after the end of the worker", pause_after_end, 250ms)};
    row.besides = "found beyond the limit (1 s; stopped 5 s):";
    for (const char* const kind : kinds) row.besides += std::string(" ") + kind + " " + std::to_string(latest[kind].count()) + " ms";
    row.besides += "; pause of clients of the stopped " + std::to_string(pause["stopped"].count()) + " ms, of other projects " +
                   std::to_string(others.longest_pause().count()) + " ms";
    report(row);
    EXPECT_EQ(row.survived, hangs);
    EXPECT_EQ(others.disconnected(), 0u) << others.first_trouble();
    EXPECT_EQ(others.wrong(), 0u) << others.first_trouble();
}

}  // namespace berth::test
