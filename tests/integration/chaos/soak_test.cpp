// SPDX-License-Identifier: MIT
// Connections and redeploys, again and again (RELIABILITY §5, G18): no process of the host holds more at the end.
#include <algorithm>
#include <thread>

#include "integration/chaos/options.hpp"
#include "integration/chaos/run.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t threads_wanted = 2;
/// What an allocator may keep in a run of any length, and what is left of each connection beyond doubt.
constexpr double bytes_kept_max = 8 << 20;
constexpr double bytes_of_each_max = 16;

/// What the processes of the host hold, by their names.
struct Holdings {
    std::map<std::string, std::size_t> bytes, descriptors;
    std::size_t processes = 0, staged = 0;
};

Holdings holdings_of(const TestHost& host) {
    Holdings found;
    const auto note = [&](const std::string& name, pid_t process) {
        found.bytes[name] = resident_bytes(process);
        found.descriptors[name] = descriptor_count(process);
    };
    note("supervisor", host.pid());
    note("gateway", host.ask("status").at("gateway").at("pid"));
    note("worker", host.project("echo").at("pid"));
    found.processes = host.processes().size();
    for (const auto& entry : std::filesystem::recursive_directory_iterator{host.state()}) found.staged += entry.path().extension() == ".so" ? 1 : 0;
    return found;
}

/// One connection: in, a word, out; every tenth by the closing handshake, the others without a word, so that no port of
/// this machine has to rest afterwards.
void come_and_go(const TestHost& host, std::uint64_t number) {
    WsClient client{host.ws(), "/echo"};
    EXPECT_EQ(ask(client, "hi"), "hi");
    if (number % 10 != 0) return client.raw().reset();
    client.closes();
    EXPECT_EQ(client.closed().code, 1000u);
}

void come_and_go(const TestHost& host, std::uint64_t from, std::uint64_t to) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < threads_wanted; ++i)
        threads.emplace_back([&, i] {
            for (std::uint64_t n = from + i; n < to && !testing::Test::HasFailure(); n += threads_wanted) come_and_go(host, n);
        });
    for (auto& thread : threads) thread.join();
    EXPECT_TRUE(eventually([&] { return host.project("echo").at("clients") == 0; }, Deadline{30s}));
}

/// Another version, and back again.
void redeploy(const TestHost& host, std::uint64_t number, std::vector<WsClient>& clients) {
    const char* const version = number % 2 == 0 ? "2" : "1";
    const auto file = fixture_project(std::string("stateless_") + version);
    const auto reply = host.ask("deploy", {{"file", file.string()}, {"name", "stateless_1"}});
    ASSERT_TRUE(reply.value("ok", false)) << reply;
    for (auto& client : clients) EXPECT_TRUE(eventually([&] { return ask(client, "version") == version; }));
}

std::string kib(double bytes) { return std::to_string(static_cast<long>(bytes / 1024)); }

/// How much more each process holds, in words; too much is a failure.
std::string compare(const TestHost& host, const Holdings& before, double bytes_max) {
    Holdings now;
    // A process that has been replaced takes a moment to go.
    EXPECT_TRUE(eventually([&] {
        now = holdings_of(host);
        return now.processes == before.processes && now.staged <= before.staged &&
               std::all_of(now.descriptors.begin(), now.descriptors.end(),
                           [&](const auto& entry) { return entry.second <= before.descriptors.at(entry.first); });
    }, Deadline{30s}, 100ms));
    EXPECT_EQ(now.processes, before.processes);
    EXPECT_LE(now.staged, before.staged) << "copies of libraries";
    std::string words;
    for (const auto& [name, bytes] : now.bytes) {
        EXPECT_LE(now.descriptors.at(name), before.descriptors.at(name)) << name;
        const double grown = static_cast<double>(bytes) - static_cast<double>(before.bytes.at(name));
        EXPECT_LE(grown, bytes_max) << name;
        words += (words.empty() ? "" : ", ") + name + " " + kib(static_cast<double>(before.bytes.at(name))) + (grown < 0 ? " − " : " + ") +
                 kib(std::abs(grown)) + " KiB, " + std::to_string(now.descriptors.at(name)) + " descriptors";
    }
    return words;
}

}  // namespace

TEST(ChaosSoak, of_connections_leaves_nothing_behind) {
#if defined(BERTH_SANITIZED)
    GTEST_SKIP() << "the sanitizers' own memory grows";
#endif
    static_cast<void>(seeded());
    const std::uint64_t connections = sized(2000, 1'000'000), warm_up = std::max<std::uint64_t>(connections / 10, 1000);
    TestHost host{chaos_options({shipped_project("echo")})};
    come_and_go(host, 0, warm_up);
    const Holdings before = holdings_of(host);

    come_and_go(host, warm_up, warm_up + connections);

    const std::string words = compare(host, before, bytes_kept_max + bytes_of_each_max * static_cast<double>(connections));
    report({.test = "soak: connections", .injected = connections, .survived = HasFailure() ? 0 : connections, .besides = words});
}

TEST(ChaosSoak, of_redeploys_leaves_nothing_behind) {
#if defined(BERTH_SANITIZED)
    GTEST_SKIP() << "the sanitizers' own memory grows";
#endif
    static_cast<void>(seeded());
    const std::uint64_t redeploys = sized(12, 1000), warm_up = std::max<std::uint64_t>(redeploys / 10, 4);
    TestHost host{chaos_options({shipped_project("echo"), fixture_project("stateless_1")})};
    std::vector<WsClient> clients;
    for (int i = 0; i < 5; ++i) clients.push_back(host.connect("/stateless_1?c" + std::to_string(i)));
    for (std::uint64_t i = 0; i < warm_up && !HasFailure(); ++i) redeploy(host, i, clients);
    const Holdings before = holdings_of(host);

    for (std::uint64_t i = warm_up; i < warm_up + redeploys && !HasFailure(); ++i) redeploy(host, i, clients);

    const std::string words = compare(host, before, bytes_kept_max);
    std::uint64_t disconnected = 0;
    for (auto& client : clients) disconnected += client.is_open() ? 0 : 1;
    report({.test = "soak: redeploys",
            .injected = redeploys,
            .survived = HasFailure() ? 0 : redeploys,
            .disconnected = disconnected,
            .besides = words});
    EXPECT_EQ(disconnected, 0u);
}

}  // namespace berth::test
