// SPDX-License-Identifier: MIT
// What a project's code may do to its own process and to the host's ends in it (RELIABILITY P3 to P6, P13, P17): it throws,
// leaks, forks, closes every descriptor, writes nonsense to the gateway and to the supervisor.
#include <algorithm>

#include "integration/chaos/options.hpp"
#include "integration/chaos/regulars.hpp"
#include "integration/chaos/run.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr const char* project = "resuming_1";
constexpr std::size_t clients_wanted = 10;
/// More than the limit of its process, which holds little else.
constexpr const char* leak_beyond_limit = "leak 80";
constexpr const char* memory_limit = "memory = \"64 MiB\"";

std::vector<std::string> misdeeds() {
#if defined(BERTH_SANITIZED)
    // Its memory is the sanitizer's, and its program is not confined.
    return {"throw", "close", "garbage link", "garbage control"};
#else
    return {"throw", leak_beyond_limit, "fork", "close", "garbage link", "garbage control"};
#endif
}

/// A host with the project that does all that, and somebody who tells it to.
class Scene {
public:
    Scene(const TestHost& host, const std::string& misdeed)
        : host_(host), misdeed_(misdeed), before_(host.project(project)), culprit_(host.ws(), std::string("/") + project + "?culprit") {}

    /// Answers what became of it instead of the right thing, or nothing.
    std::string play() {
        culprit_.says(misdeed_);
        if (misdeed_ == "throw") return is_closed() ? is_same_process() : "not closed with 1011";
        if (misdeed_ == "fork") {
            const std::string answer = culprit_.hears();
            return answer == "fork: Operation not permitted" ? is_same_process() : answer;
        }
        if (misdeed_ == leak_beyond_limit) return is_recycled();
        return is_ended();
    }
    /// From the misdeed to the end of its process.
    [[nodiscard]] std::chrono::milliseconds ended_after() const { return ended_after_; }

private:
    [[nodiscard]] pid_t worker() const { return before_.at("pid").get<pid_t>(); }
    bool is_closed() { return culprit_.closed(Deadline{20s}).code == 1011u; }
    [[nodiscard]] std::string is_same_process() const {
        const json now = host_.project(project);
        return now.at("pid") == worker() && now.at("crashes") == before_.at("crashes") ? "" : "another process: " + now.dump();
    }
    /// Another process in its place before it was ended, and whoever leaked is still there.
    std::string is_recycled() {
        const std::string answer = culprit_.hears();
        if (answer != "leaked") return answer;
        if (!runs_again()) return "not replaced: " + host_.project(project).dump();
        if (host_.project(project).at("crashes") != before_.at("crashes")) return "ended instead of replaced";
        const std::string tag = ask(culprit_, "tag?", Deadline{20s});
        return tag == "culprit" ? "" : "whoever leaked is gone: " + tag;
    }
    std::string is_ended() {
        if (!eventually([&] { return !is_alive(worker()); }, Deadline{20s}, 1ms)) return "goes on";
        ended_after_ = since(from_);
        // Who of those that ran did it is not known, unless nobody else ran.
        const auto told = culprit_.next(Deadline{20s});
        if (told ? told->payload != "interrupted" : !is_closed()) return told ? "told " + told->payload : "closed as if it had done nothing";
        if (!runs_again()) return "not started again: " + host_.project(project).dump();
        return host_.project(project).at("crashes") == before_.at("crashes").get<std::uint64_t>() + 1 ? "" : "not one crash";
    }
    [[nodiscard]] bool runs_again() const {
        return eventually([&] {
            const json now = host_.project(project);
            return now.at("state") == "open" && now.at("pid").is_number() && now.at("pid") != worker() && now.at("pid") != 0;
        }, Deadline{20s});
    }

    const TestHost& host_;
    const std::string misdeed_;
    const json before_;
    WsClient culprit_;
    const Clock::time_point from_ = Clock::now();
    std::chrono::milliseconds ended_after_{0};
};

}  // namespace

TEST(ChaosOfMisdeeds, of_a_project_meet_what_is_due_to_them_and_nobody_else_does) {
    auto random = seeded();
    const std::vector<std::string> kinds = misdeeds();
    const std::uint64_t injected = sized(2, 100) * kinds.size();
    auto options = chaos_options({fixture_project(project), shipped_project("echo")});
    options.more = std::string("[project.resuming_1.limits]\nwatch = \"0\"\n") + (kinds.size() == 6 ? memory_limit : "") + "\n";
    TestHost host{options};
    Crowd crowd{host.ws(), project, clients_wanted, 1};
    crowd.talk();
    Regulars others{host.ws(), "/echo", 10, {}};

    std::uint64_t survived = 0, spoiled = 0;
    std::chrono::milliseconds latest_end{0};
    std::vector<std::string> order;
    for (std::uint64_t i = 0; i < injected; ++i) {
        if (order.empty()) {
            order = kinds;
            std::shuffle(order.begin(), order.end(), random);
        }
        const std::string misdeed = order.back();
        order.pop_back();
        ASSERT_TRUE(crowd.is_heard(20)) << "before " << misdeed;
        crowd.suffers();
        Scene scene{host, misdeed};
        const std::string trouble = scene.play();
        EXPECT_EQ(trouble, "") << misdeed << ", number " << i;
        survived += trouble.empty() ? 1 : 0;
        spoiled += misdeed == "garbage link" ? 1 : 0;
        if (misdeed.starts_with("garbage")) latest_end = std::max(latest_end, scene.ended_after());
    }
    ASSERT_TRUE(crowd.is_heard(20));
    crowd.fall_silent();
    others.stop();

    const Account account = crowd.settle(ledger_of(host, project));
    report({.test = "a project throws, leaks, forks, closes descriptors, sends garbage",
            .injected = injected,
            .survived = survived,
            .lost = account.lost,
            .duplicated = account.duplicated,
            .reordered = account.reordered,
            .disconnected = account.disconnected + others.disconnected(),
            .longest_pause = account.pause_max,
            .figures = {figure_of("process ended after garbage within", latest_end, 1s)},
            .besides = "duplicated: of " + std::to_string(spoiled) + " spoiled links; pause of clients of other projects " + std::to_string(others.longest_pause().count()) + " ms"});
    EXPECT_EQ(survived, injected);
    EXPECT_EQ(account.lost + account.reordered + account.disconnected + account.unanswered, 0u);
    // What follows nonsense in the same stream cannot be read, though it was handled: it is given to the next process.
    EXPECT_LE(account.duplicated, spoiled * clients_wanted);
    EXPECT_EQ(others.disconnected(), 0u) << others.first_trouble();
    EXPECT_EQ(others.wrong(), 0u) << others.first_trouble();
    EXPECT_EQ(host.ask("status").at("gateway").at("restarts"), 0);
    EXPECT_NE(host.log().find("worker broke the rules of its link: ending it"), std::string::npos);
    EXPECT_NE(host.log().find("nonsense on a control channel"), std::string::npos);
}

}  // namespace berth::test
