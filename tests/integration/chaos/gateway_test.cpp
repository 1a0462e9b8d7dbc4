// SPDX-License-Identifier: MIT
// The gateway is killed while clients arrive (RELIABILITY §5, G6): its clients lose their connection, nobody is refused.
#include <csignal>

#include "integration/chaos/options.hpp"
#include "integration/chaos/regulars.hpp"
#include "integration/chaos/run.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t residents_wanted = 20;

/// Until a newcomer is let in; those who were cut off with the old gateway try again.
std::chrono::milliseconds time_until_served(const TestHost& host, Clock::time_point from) {
    EXPECT_TRUE(eventually([&] { return RawClient{host.ws()}.ask("/witness", {}, Deadline{20s}).status == 101; }, Deadline{30s},
                           std::chrono::milliseconds{0}));
    return since(from);
}

/// What became of those whose connection event was run.
struct Disconnections {
    std::uint64_t connected = 0, missing = 0, repeated = 0;
};

Disconnections disconnections_of(const TestHost& host) {
    const Events events{host};
    std::map<std::string, int> gone;
    for (const auto& line : events.rest("gone ")) ++gone[line.substr(0, line.find(' '))];
    Disconnections found;
    for (const auto& id : events.rest("connection ")) {
        ++found.connected;
        found.missing += gone[id] == 0 ? 1 : 0;
        found.repeated += gone[id] > 1 ? 1 : 0;
    }
    return found;
}

}  // namespace

TEST(ChaosOfGateways, killed_while_clients_arrive_refuse_nobody_and_owe_nobody_a_disconnection) {
    auto random = seeded();
    const std::uint64_t kills = sized(10, 100);
    TestHost host{chaos_options({fixture_project("witness")})};
    const auto worker = host.project("witness").at("pid");
    Newcomers newcomers{host.ws(), "/witness", 2};
    std::vector<WsClient> residents;
    std::chrono::milliseconds longest{0};
    std::uint64_t survived = 0;
    for (std::uint64_t i = 0; i < kills; ++i) {
        while (residents.size() < residents_wanted) residents.push_back(host.connect("/witness"));
        const std::uint64_t wanted = newcomers.served() + 5 + random() % 20;
        ASSERT_TRUE(eventually([&] { return newcomers.served() >= wanted; }, Deadline{20s})) << newcomers.first_refusal();
        const auto gateway = host.ask("status").at("gateway").at("pid").get<pid_t>();

        const auto killed = Clock::now();
        ::kill(gateway, SIGKILL);

        longest = std::max(longest, time_until_served(host, killed));
        for (auto& resident : residents) EXPECT_EQ(resident.closed().code, 1006u);
        residents.clear();
        survived += host.project("witness").at("pid") == worker ? 1 : 0;
    }
    newcomers.stop();
    Disconnections ends;
    EXPECT_TRUE(eventually([&] { return (ends = disconnections_of(host)).missing == 0; }, Deadline{20s}));

    report({.test = "gateway killed while clients arrive",
            .injected = kills,
            .survived = survived,
            .lost = ends.missing,
            .duplicated = ends.repeated,
            .longest_pause = longest,
            .figures = {figure_of("back after", longest, 500ms)},
            .besides = "pause: until a newcomer is served; refused " + std::to_string(newcomers.refused()) + " of " +
                       std::to_string(newcomers.served()) + " newcomers; lost, duplicated: disconnections of " +
                       std::to_string(ends.connected) + " clients"});
    EXPECT_EQ(survived, kills) << "workers live on";
    EXPECT_EQ(newcomers.refused(), 0u) << newcomers.first_refusal();
    EXPECT_EQ(ends.repeated, 0u);
    EXPECT_EQ(host.ask("status").at("gateway").at("restarts"), kills);
}

}  // namespace berth::test
