// SPDX-License-Identifier: MIT
// Faults under load (RELIABILITY §5, G1, G2): nobody is cut but culprits, nothing is lost, doubled or out of order.
#include <sstream>

#include "integration/chaos/crowd.hpp"
#include "integration/chaos/options.hpp"
#include "integration/chaos/regulars.hpp"
#include "integration/chaos/run.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;

std::size_t clients_wanted() { return sized(40, 1000); }
std::uint64_t crashes_wanted() { return sized(50, 1000); }
/// For each isolation; both together in CI what the goal says.
std::uint64_t redeploys_wanted() { return sized(25, 1000); }

HostOptions options_with_resuming(std::string isolation = "process") {
    auto options = chaos_options({fixture_project("resuming_1")});
    options.isolation = std::move(isolation);
    options.more = "[project.resuming_1.limits]\nwatch = \"0\"\n";
    return options;
}

/// Clients that come and go all the time, one after the other. The ledger knows them by their tag.
class Arrivals : public Newcomers {
public:
    explicit Arrivals(const TestHost& host) : Newcomers(host.ws(), "/resuming_1?newcomer", 1, 4, 5ms) {}
};

/// Connection events that the log says a crash has cut off.
std::uint64_t cut_off_at_the_door(const TestHost& host) {
    std::istringstream log{host.log()};
    std::uint64_t count = 0;
    for (std::string line; std::getline(log, line);)
        count += line.find("event was interrupted by the death") != std::string::npos && line.find("event=connection") != std::string::npos ? 1 : 0;
    return count;
}

/// The other version by `deploy`, with everything that stands before it; every third time the running one by `reload`.
bool is_renewed(const TestHost& host, std::uint64_t number, std::string& version) {
    if (number % 3 == 2) return host.ask("reload", {{"project", "resuming_1"}}).value("ok", false);
    version = version == "1" ? "2" : "1";
    const auto reply = host.ask("deploy", {{"file", fixture_project("resuming_" + version).string()}, {"name", "resuming_1"}});
    EXPECT_TRUE(reply.value("ok", false)) << reply;
    return reply.value("ok", false) && host.project("resuming_1").at("version") == version;
}

Row row_of(std::string test, std::uint64_t injected, std::uint64_t survived, const Account& account, std::chrono::milliseconds pause_most,
           const Newcomers& newcomers) {
    return {.test = std::move(test),
            .injected = injected,
            .survived = survived,
            .lost = account.lost,
            .duplicated = account.duplicated,
            .reordered = account.reordered,
            .disconnected = account.disconnected,
            .longest_pause = account.pause_max,
            .figures = {figure_of("pause p99", account.pause_p99, pause_most)},
            .besides = std::to_string(clients_wanted()) + " clients, " + std::to_string(account.said) + " messages, " +
                       std::to_string(account.cut_off) + " cut off and told so; newcomers " +
                       std::to_string(newcomers.served()) + ", refused " + std::to_string(newcomers.refused() + newcomers.cut()) +
                       ", cut off amid their own connection event " + std::to_string(newcomers.undecided())};
}

}  // namespace

TEST(ChaosOfCrashes, under_load_cut_nobody_but_culprits) {
    auto random = seeded();
    static constexpr const char* faults[]{"segv", "bus", "fpe", "ill", "abort", "terminate", "overflow", "double-free",
                                          "exit", "_exit", "kill"};
    TestHost host{options_with_resuming()};
    Crowd crowd{host.ws(), "resuming_1", clients_wanted(), 2};
    crowd.talk();
    Arrivals newcomers{host};
    std::uint64_t survived = 0;
    for (std::uint64_t i = 0; i < crashes_wanted(); ++i) {
        const std::string fault = faults[random() % std::size(faults)];
        ASSERT_TRUE(crowd.is_heard(20 + random() % 50)) << "before fault " << i << ", " << fault;
        const auto crashes = host.project("resuming_1").at("crashes").get<std::uint64_t>();
        WsClient culprit{host.ws(), "/resuming_1?culprit"};
        crowd.suffers();
        culprit.says(fault);
        ASSERT_TRUE(eventually([&] { return host.project("resuming_1").at("crashes") == crashes + 1; })) << fault;
        // Whoever leaves the process without a mark is not known among others.
        const auto told = culprit.next(Deadline{20s});
        const bool is_settled = told ? told->payload == "interrupted" : culprit.closed().code == 1011;
        EXPECT_TRUE(is_settled) << fault;
        survived += host.project_is("resuming_1", "open") && is_settled ? 1 : 0;
    }
    ASSERT_TRUE(crowd.is_heard(20));
    newcomers.stop();
    crowd.fall_silent();

    const Account account = crowd.settle(ledger_of(host, "resuming_1"));
    report(row_of("worker crashes, 11 causes", crashes_wanted(), survived, account, 250ms, newcomers));
    EXPECT_EQ(survived, crashes_wanted());
    EXPECT_EQ(newcomers.refused() + newcomers.cut(), 0u) << newcomers.first_refusal();
    EXPECT_GT(newcomers.served(), 0u);
    EXPECT_LE(newcomers.undecided(), cut_off_at_the_door(host)) << "each of them is named in the log";
    expect_nothing_amiss(account);
}

class ChaosOfRedeploys : public BothIsolations {};
BERTH_BOTH_ISOLATIONS(ChaosOfRedeploys);

TEST_P(ChaosOfRedeploys, under_load_cut_nobody) {
    auto random = seeded();
    TestHost host{options_with_resuming(GetParam())};
    Crowd crowd{host.ws(), "resuming_1", clients_wanted(), 2};
    crowd.talk();
    Arrivals newcomers{host};
    std::string version = "1";
    std::uint64_t survived = 0;
    for (std::uint64_t i = 0; i < redeploys_wanted(); ++i) {
        ASSERT_TRUE(crowd.is_heard(20 + random() % 50)) << "before redeploy " << i;
        crowd.suffers();
        const bool is_done = is_renewed(host, i, version);
        EXPECT_TRUE(is_done) << "redeploy " << i;
        survived += is_done ? 1 : 0;
    }
    ASSERT_TRUE(crowd.is_heard(20));
    newcomers.stop();
    crowd.fall_silent();

    const Account account = crowd.settle(ledger_of(host, "resuming_1"));
    report(row_of("overlapped redeploys, isolation " + GetParam(), redeploys_wanted(), survived, account, 300ms, newcomers));
    EXPECT_EQ(survived, redeploys_wanted());
    EXPECT_EQ(account.cut_off, 0u);
    EXPECT_EQ(newcomers.refused() + newcomers.cut() + newcomers.undecided(), 0u) << newcomers.first_refusal();
    EXPECT_GT(newcomers.served(), 0u);
    expect_nothing_amiss(account);
}

}  // namespace berth::test
