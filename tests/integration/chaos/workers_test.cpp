// SPDX-License-Identifier: MIT
// Faults under load (RELIABILITY §5, G1, G2): nobody is cut but culprits, nothing is lost, doubled or out of order.
#include "integration/chaos/crowd.hpp"
#include "integration/chaos/options.hpp"
#include "integration/chaos/run.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;

std::size_t clients_wanted() { return sized(40, 1000); }
std::uint64_t injected_wanted() { return sized(50, 1000); }

HostOptions options_with_resuming(std::string isolation = "process") {
    auto options = chaos_options({fixture_project("resuming_1")});
    options.isolation = std::move(isolation);
    options.more = "[project.resuming_1.limits]\nwatch = \"0\"\n";
    return options;
}

Row row_of(std::string test, std::uint64_t survived, const Account& account) {
    return {.test = std::move(test),
            .injected = injected_wanted(),
            .survived = survived,
            .lost = account.lost,
            .duplicated = account.duplicated,
            .reordered = account.reordered,
            .disconnected = account.disconnected,
            .longest_pause = account.pause_max,
            .besides = std::to_string(clients_wanted()) + " clients, " + std::to_string(account.said) + " messages, " +
                       std::to_string(account.cut_off) + " cut off and told so; pause p99 " +
                       std::to_string(account.pause_p99.count()) + " ms"};
}

}  // namespace

TEST(ChaosOfCrashes, under_load_cut_nobody_but_culprits) {
    auto random = seeded();
    static constexpr const char* faults[]{"segv", "bus", "fpe", "ill", "abort", "terminate", "overflow", "double-free",
                                          "exit", "_exit", "kill"};
    TestHost host{options_with_resuming()};
    Crowd crowd{host.ws(), "resuming_1", clients_wanted(), 2};
    crowd.talk();
    std::uint64_t survived = 0;
    for (std::uint64_t i = 0; i < injected_wanted(); ++i) {
        const std::string fault = faults[random() % std::size(faults)];
        ASSERT_TRUE(crowd.is_heard(20 + random() % 50)) << "before fault " << i << ", " << fault;
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
    ASSERT_TRUE(crowd.is_heard(20));
    crowd.fall_silent();

    const Account account = crowd.settle(ledger_of(host, "resuming_1"));
    report(row_of("worker crashes, 11 causes", survived, account));
    EXPECT_EQ(survived, injected_wanted());
    expect_nothing_amiss(account);
}

class ChaosOfRedeploys : public BothIsolations {};
BERTH_BOTH_ISOLATIONS(ChaosOfRedeploys);

TEST_P(ChaosOfRedeploys, under_load_cut_nobody) {
    auto random = seeded();
    TestHost host{options_with_resuming(GetParam())};
    Crowd crowd{host.ws(), "resuming_1", clients_wanted(), 2};
    crowd.talk();
    std::uint64_t survived = 0;
    for (std::uint64_t i = 0; i < injected_wanted(); ++i) {
        ASSERT_TRUE(crowd.is_heard(20 + random() % 50)) << "before redeploy " << i;
        const bool is_done = host.ask("reload", {{"project", "resuming_1"}}).value("ok", false);
        EXPECT_TRUE(is_done);
        survived += is_done ? 1 : 0;
    }
    ASSERT_TRUE(crowd.is_heard(20));
    crowd.fall_silent();

    const Account account = crowd.settle(ledger_of(host, "resuming_1"));
    report(row_of("overlapped redeploys, isolation " + GetParam(), survived, account));
    EXPECT_EQ(survived, injected_wanted());
    EXPECT_EQ(account.cut_off, 0u);
    expect_nothing_amiss(account);
}

}  // namespace berth::test
