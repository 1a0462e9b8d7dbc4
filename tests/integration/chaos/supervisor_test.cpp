// SPDX-License-Identifier: MIT
// The supervisor is killed under a service manager that has the listening socket (RELIABILITY §5, G7): no process of it is
// left, and whoever arrives meanwhile waits in the socket for the next host.
#include <sys/wait.h>

#include <csignal>
#include <iostream>

#include "integration/chaos/options.hpp"
#include "integration/chaos/regulars.hpp"
#include "integration/chaos/run.hpp"
#include "support/managed.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// A service with `Restart=always`: the same socket, directory and state for each host.
class Service {
public:
    Service() {
        for (const auto* name : {"plugins", "state", "run"}) std::filesystem::create_directory(directory_ / name);
        std::filesystem::permissions(directory_.path(), std::filesystem::perms{0755});
        install_file(shipped_project("echo"), directory_ / "plugins" / "echo.so");
        write_file(directory_ / "berth.toml",
                   "[host]\nplugins = \"" + (directory_ / "plugins").string() + "\"\nstate = \"" + (directory_ / "state").string() +
                       "\"\nrun = \"" + (directory_ / "run").string() + "\"\n[[listen]]\naddress = \"127.0.0.1:" +
                       std::to_string(socket_.endpoint().port) + "\"\n");
    }
    ~Service() {
        ::kill(pid_, SIGKILL);
        wait_for(pid_, Deadline::usual());
        if (testing::Test::HasFailure()) std::cerr << "---- log of the hosts\n" << read_file(directory_ / "log") << "----\n";
    }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    void start() { pid_ = spawn_managed({berth_executable(), "serve", "--config", directory_ / "berth.toml"}, directory_ / "log", {socket_.fd()}); }
    /// Kills the supervisor; answers how many of its processes are left, and keeps how long the last one took.
    std::uint64_t kill(std::chrono::milliseconds& longest) {
        const auto processes = descendants(pid_);
        EXPECT_GE(processes.size(), 2u);
        const auto from = Clock::now();
        ::kill(pid_, SIGKILL);
        wait_for(pid_, Deadline::usual());
        std::uint64_t left = 0;
        for (const pid_t process : processes) {
            left += eventually([&] { return !is_alive(process); }, Deadline{20s}, 1ms) ? 0 : 1;
            ::waitpid(process, nullptr, WNOHANG);  // It may have become ours.
        }
        longest = std::max(longest, since(from));
        return left;
    }
    [[nodiscard]] const Endpoint& endpoint() const { return socket_.endpoint(); }

private:
    TempDir directory_{"berth-service"};
    const PassedSocket socket_{512};
    pid_t pid_ = -1;
};

}  // namespace

TEST(ChaosOfSupervisors, killed_leave_no_process_and_refuse_nobody) {
#if defined(BERTH_SANITIZED)
    GTEST_SKIP() << "it starts the host again and again, which takes long there; tests/integration/supervisor has one death";
#endif
    auto random = seeded();
    const std::uint64_t kills = sized(5, 50);
    Service service;
    service.start();
    Newcomers newcomers{service.endpoint(), "/echo", 2};
    std::uint64_t orphans = 0, survived = 0;
    std::chrono::milliseconds longest_end{0}, longest_pause{0};
    for (std::uint64_t i = 0; i < kills; ++i) {
        const std::uint64_t wanted = newcomers.served() + 20 + random() % 50;
        ASSERT_TRUE(eventually([&] { return newcomers.served() >= wanted; }, Deadline{30s})) << newcomers.first_refusal();

        const auto killed = Clock::now();
        const std::uint64_t left = service.kill(longest_end);
        service.start();

        const bool is_back = RawClient{service.endpoint()}.ask("/echo", {}, Deadline{30s}).status == 101;
        longest_pause = std::max(longest_pause, since(killed));
        orphans += left;
        survived += is_back && left == 0 ? 1 : 0;
    }
    newcomers.stop();

    report({.test = "supervisor killed, socket unit",
            .injected = kills,
            .survived = survived,
            .longest_pause = longest_pause,
            .besides = "pause: until a newcomer is served; orphans " + std::to_string(orphans) + ", the last process gone after " +
                       std::to_string(longest_end.count()) + " ms; refused " + std::to_string(newcomers.refused()) + " of " +
                       std::to_string(newcomers.served()) + " newcomers"});
    EXPECT_EQ(survived, kills);
    EXPECT_EQ(orphans, 0u);
    EXPECT_EQ(newcomers.refused(), 0u) << newcomers.first_refusal();
}

}  // namespace berth::test
