// SPDX-License-Identifier: MIT
// Faults under load (RELIABILITY §5, G1, G2): nobody is cut but culprits, nothing is lost, doubled or out of order.
#include <cstdlib>
#include <iostream>
#include <random>

#include "integration/chaos/crowd.hpp"
#include "integration/host/suite.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* const value = std::getenv(name);
    return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

std::uint64_t injected_wanted() { return from_environment("BERTH_CHAOS_INJECTED", 50); }
std::size_t clients_wanted() { return from_environment("BERTH_CHAOS_CLIENTS", 40); }

/// A generator whose seed is printed.
std::mt19937_64 seeded(const char* what) {
    const auto seed = from_environment(
        "BERTH_CHAOS_SEED", static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()));
    std::cout << what << ": BERTH_CHAOS_SEED=" << seed << "\n";
    return std::mt19937_64{seed};
}

HostOptions options_with(std::string_view project, std::string isolation = "process") {
    HostOptions options;
    options.isolation = std::move(isolation);
    options.projects = {fixture_project(project)};
    options.environment = {{"BERTH_CHAOS", "no-restart-delay no-rapid-fail"}};
    options.more = "[project." + std::string(project) + ".limits]\nwatch = \"0\"\n";
    options.tls = false;
    return options;
}

void print(const char* what, std::uint64_t injected, std::uint64_t survived, const Account& account) {
    std::cout << "| test | messages | injected | survived | lost | duplicated | reordered | disconnected | cut off, told | "
                 "longest pause p99 | max |\n| " << what << " | " << account.said << " | " << injected << " | "
              << survived << " | " << account.lost << " | " << account.duplicated << " | " << account.reordered << " | "
              << account.disconnected << " | " << account.cut_off << " | " << account.pause_p99.count() << " ms | "
              << account.pause_max.count() << " ms |\n";
}

void expect_nothing_amiss(const Account& account) {
    EXPECT_EQ(account.lost, 0u);
    EXPECT_EQ(account.duplicated, 0u);
    EXPECT_EQ(account.reordered, 0u);
    EXPECT_EQ(account.disconnected, 0u);
    EXPECT_EQ(account.unanswered, 0u);
}

std::string ledger_of(const TestHost& host, std::string_view project) {
    return read_file(host.state() / project / "ledger");
}

/// Waits until the crowd has had that many more answers: faults come under load, not into silence.
bool is_under_load(const Crowd& crowd, std::uint64_t answers) {
    const std::uint64_t before = crowd.answered();
    return eventually([&] { return crowd.answered() >= before + answers; }, Deadline{20s});
}

}  // namespace

TEST(Chaos, of_worker_crashes_under_load_cuts_nobody_but_culprits) {
    auto random = seeded("worker crashes");
    static constexpr const char* faults[]{"segv", "bus", "fpe", "ill", "abort", "terminate", "overflow", "double-free",
                                          "exit", "_exit", "kill"};
    TestHost host{options_with("resuming_1")};
    Crowd crowd{host.ws(), "resuming_1", clients_wanted(), 2};
    crowd.talk();
    std::uint64_t survived = 0;
    for (std::uint64_t i = 0; i < injected_wanted(); ++i) {
        const std::string fault = faults[random() % std::size(faults)];
        ASSERT_TRUE(is_under_load(crowd, 20 + random() % 50)) << "before fault " << i << ", " << fault;
        const auto crashes = host.project("resuming_1").at("crashes").get<std::uint64_t>();
        WsClient culprit{host.ws(), "/resuming_1?culprit"};
        culprit.says(fault);
        ASSERT_TRUE(eventually([&] { return host.project("resuming_1").at("crashes") == crashes + 1; })) << fault;
        // Whoever leaves the process without a mark is not known among others.
        const auto told = culprit.next(Deadline{20s});
        const bool is_settled = told ? told->payload == "interrupted" : culprit.closed().code == 1011;
        EXPECT_TRUE(is_settled) << fault;
        survived += host.project_is("resuming_1", "open") && is_settled ? 1 : 0;
    }
    ASSERT_TRUE(is_under_load(crowd, 20));
    crowd.fall_silent();

    const Account account = crowd.settle(ledger_of(host, "resuming_1"));
    print("worker crashes, 11 causes", injected_wanted(), survived, account);
    EXPECT_EQ(survived, injected_wanted());
    expect_nothing_amiss(account);
}

class ChaosOfRedeploys : public BothIsolations {};
BERTH_BOTH_ISOLATIONS(ChaosOfRedeploys);

TEST_P(ChaosOfRedeploys, under_load_cut_nobody) {
    auto random = seeded("overlapped redeploys");
    TestHost host{options_with("resuming_1", GetParam())};
    Crowd crowd{host.ws(), "resuming_1", clients_wanted(), 2};
    crowd.talk();
    std::uint64_t survived = 0;
    for (std::uint64_t i = 0; i < injected_wanted(); ++i) {
        ASSERT_TRUE(is_under_load(crowd, 20 + random() % 50)) << "before redeploy " << i;
        const bool is_done = host.ask("reload", {{"project", "resuming_1"}}).value("ok", false);
        EXPECT_TRUE(is_done);
        survived += is_done ? 1 : 0;
    }
    ASSERT_TRUE(is_under_load(crowd, 20));
    crowd.fall_silent();

    const Account account = crowd.settle(ledger_of(host, "resuming_1"));
    print(("overlapped redeploys, isolation " + GetParam()).c_str(), injected_wanted(), survived, account);
    EXPECT_EQ(survived, injected_wanted());
    EXPECT_EQ(account.cut_off, 0u);
    expect_nothing_amiss(account);
}

}  // namespace berth::test
