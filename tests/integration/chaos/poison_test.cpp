// SPDX-License-Identifier: MIT
// Clients whose messages kill the project on purpose (RELIABILITY P16): they are shut out, the project stays.
#include "integration/chaos/options.hpp"
#include "integration/chaos/regulars.hpp"
#include "integration/chaos/run.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t poisoners = 10;
constexpr std::uint64_t crashes_of_each_max = 2;

std::string token_of(const std::string& user) { return "the-token-of-" + user + "-0123456789"; }

Headers with_token_of(const std::string& user) { return {{"Authorization", "Bearer " + token_of(user)}}; }

std::string poisoner(std::size_t number) { return "mallory" + std::to_string(number); }

/// One attempt: true when it killed the project's process.
bool poison(const TestHost& host, const std::string& user, const std::string& fault) {
    RawClient door{host.ws()};
    const HttpReply reply = door.ask("/resuming_1", with_token_of(user));
    if (reply.status == 429) return false;
    EXPECT_EQ(reply.status, 101) << reply.body;
    WsClient client{host.ws(), "/resuming_1?poison", with_token_of(user)};
    client.says(fault);
    EXPECT_EQ(client.closed(Deadline{20s}).code, 1011u) << fault;
    return true;
}

}  // namespace

TEST(ChaosOfPoison, shuts_out_its_senders_before_the_project_suffers) {
    auto random = seeded();
    // Those that mark their culprit.
    static constexpr const char* faults[]{"segv", "bus", "fpe", "ill", "abort", "terminate", "overflow"};
    const std::uint64_t attempts = sized(20, 100);
    TempDir directory{"berth-poison"};
    std::filesystem::permissions(directory.path(), std::filesystem::perms{0755});
    std::string tokens = "regular " + token_of("regular") + "\n";
    for (std::size_t i = 0; i < poisoners; ++i) tokens += poisoner(i) + " " + token_of(poisoner(i)) + "\n";
    write_file(directory / "tokens", tokens);
    std::filesystem::permissions(directory / "tokens", std::filesystem::perms{0600});
    auto options = chaos_options({fixture_project("resuming_1")});
    // Neither delays nor rapid-fail are set aside: this is how it must go with them.
    options.environment = {};
    options.more = "[project.resuming_1]\ntokens = \"" + (directory / "tokens").string() + "\"\n";
    TestHost host{options};
    Regulars regulars{host.ws(), "/resuming_1?regular", 5, {.says = "x", .hears = "x", .cut_off = "interrupted", .headers = with_token_of("regular")}};

    std::map<std::size_t, std::uint64_t> crashes;
    for (std::uint64_t i = 0; i < attempts; ++i) {
        for (std::size_t who = 0; who < poisoners; ++who) {
            crashes[who] += poison(host, poisoner(who), faults[random() % std::size(faults)]) ? 1 : 0;
            ASSERT_FALSE(HasFailure()) << "attempt " << i;
        }
    }
    const std::uint64_t answered = regulars.answered();
    EXPECT_TRUE(eventually([&] { return regulars.answered() > answered + 10; }));
    regulars.stop();

    std::uint64_t most = 0, all = 0;
    for (const auto& [who, count] : crashes) {
        most = std::max(most, count);
        all += count;
    }
    const bool is_open = host.project("resuming_1").at("state") == "open";
    report({.test = "poison, " + std::to_string(poisoners) + " clients",
            .injected = attempts * poisoners,
            .survived = is_open ? attempts * poisoners : 0,
            .disconnected = regulars.disconnected(),
            .longest_pause = regulars.longest_pause(),
            .besides = "at most " + std::to_string(most) + " crashes of one, " + std::to_string(all) + " in all"});
    EXPECT_TRUE(is_open);
    EXPECT_LE(most, crashes_of_each_max);
    EXPECT_EQ(host.project("resuming_1").at("crashes"), all);
    EXPECT_EQ(regulars.disconnected(), 0u) << regulars.first_trouble();
    EXPECT_EQ(regulars.wrong(), 0u) << regulars.first_trouble();
    EXPECT_EQ(host.log().find("project has failed"), std::string::npos);
}

}  // namespace berth::test
