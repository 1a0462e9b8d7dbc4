// SPDX-License-Identifier: MIT
/// `clients` with ten thousand of them: pages, filters and totals are right; how soon the first page is there is printed.
#include <sys/resource.h>

#include <algorithm>
#include <iostream>
#include <mutex>
#include <thread>

#include "integration/host/suite.hpp"

namespace berth::test {

namespace {

constexpr std::size_t wanted = patience == 1 ? 10'000 : 2'500;
constexpr std::size_t fewest = 1'000;  ///< with fewer, nothing is shown
constexpr std::size_t others = 256;    ///< descriptors of a process besides its clients
constexpr std::size_t page = 1'000;
constexpr std::size_t threads = 4;

/// How many connections this process, and so the gateway, may have.
std::size_t connections_allowed() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::max(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, wanted + others));
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur <= others ? 0 : std::min<std::size_t>(wanted, limit.rlim_cur - others);
}

class Crowd : public BothIsolations {
protected:
    /// Connects half of them to `echo`, the others to `door`.
    static std::vector<WsClient> connect(const TestHost& host, std::size_t count) {
        std::mutex mutex;
        std::vector<WsClient> all;
        std::vector<std::thread> connecting;
        for (std::size_t t = 0; t < threads; ++t)
            connecting.emplace_back([&, t] {
                for (std::size_t i = t; i < count && !HasFailure(); i += threads) {
                    try {
                        WsClient client{host.ws(), i % 2 == 0 ? "/echo" : "/door"};
                        const std::lock_guard lock{mutex};
                        all.push_back(std::move(client));
                    } catch (const std::exception& error) {
                        ADD_FAILURE() << "client " << i << ": " << error.what();
                    }
                }
            });
        for (auto& thread : connecting) thread.join();
        return all;
    }
};
BERTH_BOTH_ISOLATIONS(Crowd);

}  // namespace

TEST_P(Crowd, of_ten_thousand_clients_is_listed_in_pages_and_by_filter) {
    const std::size_t count = connections_allowed() / 2 * 2;
    if (count < fewest) GTEST_SKIP() << "only " << count << " connections are allowed here; raise it (ulimit -Hn)";
    auto options = with({shipped_project("echo"), fixture_project("door")});
    // These clients answer no pings.
    options.limits = {"connections = 20000", "ping = \"10 min\""};
    options.host_limits = {"connections = " + std::to_string(count + 16)};
    TestHost host{options};
    const auto all = connect(host, count);
    ASSERT_EQ(all.size(), count);

    const auto asked = std::chrono::steady_clock::now();
    const auto first = host.cli({"clients", "--json", "--limit", std::to_string(page)});
    const double took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - asked).count();

    std::cout << count << " clients: the first " << page << " of them by the command line within " << took_s << " s (expected: 0.2 s)\n";
    RecordProperty("first_page_s", std::to_string(took_s));
    ASSERT_EQ(first.exit_code, 0) << first.err;
    const auto reply = nlohmann::json::parse(first.out);
    EXPECT_EQ(reply.at("total"), count);
    EXPECT_EQ(reply.at("clients").size(), page);

    // Every client is on exactly one page.
    std::vector<std::uint64_t> ids;
    nlohmann::json after = "0";
    std::size_t pages = 0;
    for (; after.is_string() && pages <= count / page + 1; ++pages) {
        nlohmann::json request{{"limit", page}};
        if (after != "0") request["after"] = after;
        const auto next = host.ask("clients", request);
        EXPECT_EQ(next.at("total"), count);
        for (const auto& client : next.at("clients")) ids.push_back(std::stoull(client.at("id").get<std::string>()));
        after = next.at("after");
    }
    EXPECT_EQ(ids.size(), count);
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());

    const auto total = [&](const nlohmann::json& filter) { return host.ask("clients", filter).at("total"); };
    EXPECT_EQ(total({{"project", "echo"}, {"limit", 1}}), count / 2);
    EXPECT_EQ(total({{"project", "door"}, {"address", "127.0.0.1"}, {"limit", 1}}), count / 2);
    EXPECT_EQ(total({{"address", "127.0.0.2"}}), 0);
    EXPECT_EQ(total({{"idle_ms_min", 86'400'000}}), 0);
    EXPECT_EQ(total({{"client", std::to_string(ids.at(count / 2))}}), 1);
    const auto everybody = host.cli({"clients", "--json"});
    EXPECT_EQ(nlohmann::json::parse(everybody.out).at("clients").size(), count);
}

}  // namespace berth::test
