// SPDX-License-Identifier: MIT
// Clients that read nothing, vanish, drip their handshake or take every descriptor (RELIABILITY §5, G10 to G12): they cost
// bounded memory and little time, and the honest ones notice nothing.
#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sstream>

#include "integration/chaos/options.hpp"
#include "integration/chaos/regulars.hpp"
#include "integration/chaos/run.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t bytes_of_each_max = 1536u << 10;
constexpr std::size_t bytes_besides = 64u << 20;

/// What a process has used of the processor.
std::chrono::milliseconds cpu_of(pid_t process) {
    const std::string stat = read_file("/proc/" + std::to_string(process) + "/stat");
    std::istringstream rest{stat.substr(stat.rfind(')') + 1)};
    std::string skipped;
    for (int i = 0; i < 11; ++i) rest >> skipped;
    long user = 0, system = 0;
    rest >> user >> system;
    return std::chrono::milliseconds((user + system) * 1000 / ::sysconf(_SC_CLK_TCK));
}

/// Share of a core that a process used since then.
class Meter {
public:
    explicit Meter(pid_t process) : process_(process), cpu_(cpu_of(process)) {}
    [[nodiscard]] double share() const {
        const auto passed = std::chrono::duration<double>(Clock::now() - from_).count();
        return std::chrono::duration<double>(cpu_of(process_) - cpu_).count() / passed;
    }

private:
    pid_t process_;
    std::chrono::milliseconds cpu_;
    Clock::time_point from_ = Clock::now();
};

/// From now on nothing that is sent to this socket arrives, as if its machine had lost the network.
void cut_off(const RawClient& client) {
    sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    const sock_fprog program{.len = 1, .filter = &drop};
    ASSERT_EQ(::setsockopt(client.fd(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
}

/// How many files a process may have open.
std::size_t descriptors_max(pid_t process) {
    std::istringstream limits{read_file("/proc/" + std::to_string(process) + "/limits")};
    std::size_t most = 0;
    for (std::string line; std::getline(limits, line);)
        if (line.starts_with("Max open files")) most = std::stoul(line.substr(line.find_first_of("0123456789")));
    return most;
}

std::size_t count_of(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

class ChaosOfClients : public testing::Test {
protected:
    void SetUp() override {
#if defined(BERTH_SANITIZED)
        GTEST_SKIP() << "what a sanitizer costs would be measured; tests/integration/gateway has each limit";
#endif
        auto options = chaos_options({fixture_project("witness"), shipped_project("echo")});
        options.tls = true;
        options.host_limits = {"head = \"2 s\"", "tls_handshake = \"2 s\"", "blocked_write = \"2 s\"",
                               "connections = " + std::to_string(injected_ + 100)};
        options.more = "[project.witness.limits]\nbacklog = \"64 KiB\"\nping = \"1 s\"\npong = \"2 s\"\n";
        host_.emplace(options);
        gateway_ = host_->ask("status").at("gateway").at("pid");
        honest_ = std::make_unique<Regulars>(host_->ws(), "/echo", 20, Regulars::Manner{.between = 20ms});
        // What the honest ones cost, and all that is made on first use.
        ASSERT_TRUE(are_answered(200));
        const Meter meter{gateway_};
        ASSERT_TRUE(are_answered(400));
        honest_share_ = meter.share();
    }
    bool are_answered(std::uint64_t more) {
        const std::uint64_t wanted = honest_->answered() + more;
        return eventually([&] { return honest_->answered() >= wanted; }, Deadline{30s});
    }
    void finish(const std::string& what, std::uint64_t gone, double share, std::size_t bytes, const std::string& besides) {
        honest_->stop();
        const auto share_for_them = share - honest_share_;
        report({.test = what,
                .injected = injected_,
                .survived = gone,
                .disconnected = honest_->disconnected(),
                .longest_pause = honest_->longest_pause(),
                .figures = {{"gateway's time for all of them", std::max(0.0, share_for_them) * 100, 10, "% of a core"}},
                .besides = "pause: of 20 honest clients; gateway " + std::to_string(bytes / 1024) + " KiB for all of them" + besides});
        EXPECT_EQ(gone, injected_);
        EXPECT_EQ(honest_->disconnected(), 0u) << honest_->first_trouble();
        EXPECT_EQ(honest_->wrong(), 0u) << honest_->first_trouble();
        EXPECT_LE(bytes, injected_ * bytes_of_each_max + bytes_besides);
        EXPECT_LE(share_for_them, 0.8) << "of a core";
        EXPECT_EQ(host_->ask("status").at("gateway").at("restarts"), 0);
        WsClient newcomer{host_->ws(), "/echo"};
        EXPECT_EQ(ask(newcomer, "hi"), "hi");
    }
    /// Waits until nobody is connected to `witness`; answers how many are, and keeps the most memory.
    std::uint64_t wait_until_gone(std::size_t& most_bytes) {
        std::uint64_t left = 0;
        static_cast<void>(eventually(
            [&] {
                most_bytes = std::max(most_bytes, resident_bytes(gateway_));
                left = host_->project("witness").at("clients");
                return left == 0;
            },
            Deadline{60s}, 50ms));
        return left;
    }

    std::uint64_t injected_ = sized(100, 1000);
    std::optional<TestHost> host_;
    pid_t gateway_ = 0;
    std::unique_ptr<Regulars> honest_;
    double honest_share_ = 0;
};

}  // namespace

TEST_F(ChaosOfClients, that_never_read_are_ended) {
    const std::size_t before = resident_bytes(gateway_);
    std::size_t most = before;
    const Meter meter{gateway_};
    std::vector<WsClient> silent;
    for (std::uint64_t i = 0; i < injected_; ++i) {
        silent.emplace_back(host_->ws(), "/witness", Headers{}, RawClient::Options{.receive_buffer = 4096});
        const std::string id = ask(silent.back(), "id");
        silent.back().says("flood " + id + " 1000 5000");
    }
    const std::uint64_t left = wait_until_gone(most);

    finish("clients that never read", injected_ - left, meter.share(), most - before, "");
}

TEST_F(ChaosOfClients, that_vanish_without_a_word_are_found) {
    const std::size_t before = resident_bytes(gateway_);
    std::size_t most = before;
    std::vector<WsClient> vanished;
    for (std::uint64_t i = 0; i < injected_; ++i) vanished.emplace_back(host_->ws(), "/witness");
    const Meter meter{gateway_};
    for (auto& client : vanished) cut_off(client.raw());
    const std::uint64_t left = wait_until_gone(most);

    finish("half-open clients", injected_ - left, meter.share(), most - before, "");
}

TEST_F(ChaosOfClients, that_never_end_their_handshake_are_ended) {
    const std::size_t before = resident_bytes(gateway_);
    std::size_t most = before;
    const std::string request = upgrade_request("/echo");
    std::vector<RawClient> slow;
    const Meter meter{gateway_};
    for (std::uint64_t i = 0; i < injected_; ++i)
        slow.emplace_back(host_->endpoint(i % 2 == 0), RawClient::Options{.handshakes_tls = false});
    std::size_t sent = 0;
    std::uint64_t left = injected_;
    EXPECT_TRUE(eventually(
        [&] {
            left = 0;
            for (auto& client : slow) {
                if (client.end() != End::open) continue;
                client.send(request.substr(sent % request.size(), 1));
                client.receive(Deadline{0ms});
                left += client.end() == End::open ? 1 : 0;
            }
            ++sent;
            most = std::max(most, resident_bytes(gateway_));
            return left == 0;
        },
        Deadline{60s}, 100ms));

    finish("slow handshakes, half of them TLS", injected_ - left, meter.share(), most - before, "");
}

TEST_F(ChaosOfClients, that_take_every_descriptor_are_turned_away_without_a_spin) {
    const std::size_t before = resident_bytes(gateway_);
    std::size_t most = before;
    // Who has not asked for anything yet is no connection of the host's, and takes a descriptor all the same.
    const std::size_t room = descriptors_max(gateway_);
    injected_ += room;
    const Meter meter{gateway_};
    std::uint64_t turned_away = 0;
    const auto from = Clock::now();
    std::vector<RawClient> silent;
    do {
        while (silent.size() < injected_) silent.emplace_back(host_->ws());
        for (auto& client : silent) client.receive(Deadline{0ms});
        turned_away += std::erase_if(silent, [](const RawClient& client) { return client.end() != End::open; });
        most = std::max(most, resident_bytes(gateway_));
        ASSERT_TRUE(are_answered(50)) << honest_->first_trouble();
    } while (since(from) < 2s);
    const double share = meter.share();
    silent.clear();
    const auto freed = Clock::now();
    EXPECT_TRUE(eventually([&] { return RawClient{host_->ws()}.ask("/echo").status == 101; }, Deadline{30s}));
    const auto back = since(freed);

    EXPECT_GT(turned_away, 0u);
    const std::size_t lines = count_of(host_->log(), "no descriptor left");
    EXPECT_LE(lines, 20u);
    EXPECT_GE(lines, 1u);
    finish("clients that take every descriptor", injected_, share, most - before,
           "; room for " + std::to_string(room) + ", " + std::to_string(turned_away) + " turned away with " + std::to_string(lines) +
               " log lines, a newcomer served again after " + std::to_string(back.count()) + " ms");
}

}  // namespace berth::test
