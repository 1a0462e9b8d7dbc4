// SPDX-License-Identifier: MIT
// A project's process is killed while it commits (RELIABILITY §5, G15): nothing that it acknowledged is lost.
#include <atomic>
#include <csignal>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

#include "integration/chaos/options.hpp"
#include "integration/chaos/run.hpp"

namespace berth::test {
namespace {

using namespace std::chrono_literals;

constexpr int writers_wanted = 3;
constexpr int numbers_of_each = 10'000'000;

/// Numbers that the project has said are stored.
class Acknowledged {
public:
    void add(int number) {
        const std::lock_guard lock(mutex_);
        numbers_.insert(number);
    }
    [[nodiscard]] std::set<int> numbers() const {
        const std::lock_guard lock(mutex_);
        return numbers_;
    }
    [[nodiscard]] std::size_t count() const {
        const std::lock_guard lock(mutex_);
        return numbers_.size();
    }

private:
    mutable std::mutex mutex_;
    std::set<int> numbers_;
};

/// A client that stores one number after the other, and comes back when its connection ends.
void store_numbers(const Endpoint& endpoint, int first, Acknowledged& acknowledged, const std::atomic<bool>& stopping) {
    for (int number = first; !stopping;) {
        try {
            WsClient client{endpoint, "/witness"};
            while (!stopping && client.is_open()) {
                ++number;
                if (ask(client, "db insert into stored values (" + std::to_string(number) + ")") != "done") break;
                acknowledged.add(number);
            }
        } catch (const std::runtime_error&) {
            // Its process was killed while it decided about us.
        }
    }
}

/// What is in the table, page by page.
std::set<int> stored_numbers(WsClient& reader) {
    std::set<int> stored;
    for (std::size_t before = 1, last = 0; stored.size() != before;) {
        before = stored.size();
        std::istringstream page{ask(reader, "ask select group_concat(number, ' ') from (select number from stored where number > " +
                                                std::to_string(last) + " order by number limit 5000)")};
        for (int number = 0; page >> number; last = static_cast<std::size_t>(number)) stored.insert(number);
    }
    return stored;
}

}  // namespace

TEST(ChaosOfCommits, killed_under_way_lose_nothing_that_was_acknowledged) {
    static_cast<void>(seeded());
    const std::uint64_t kills = sized(50, 1000);
    TestHost host{chaos_options({fixture_project("witness")})};
    {
        auto first = host.connect("/witness");
        ASSERT_EQ(ask(first, "db create table stored (number integer primary key)"), "done");
    }
    Acknowledged acknowledged;
    std::atomic<bool> stopping{false};
    std::vector<std::thread> writers;
    for (int i = 0; i < writers_wanted; ++i) {
        writers.emplace_back([&, i] { store_numbers(host.ws(), i * numbers_of_each, acknowledged, stopping); });
    }

    std::uint64_t survived = 0;
    for (std::uint64_t i = 0; i < kills && !HasFailure(); ++i) {
        const auto before = acknowledged.count();
        EXPECT_TRUE(eventually([&] { return acknowledged.count() > before + 3; }, Deadline{20s})) << "after " << i << " kills";
        const auto pid = host.project("witness").at("pid").get<pid_t>();
        EXPECT_GT(pid, 0);
        if (pid <= 0) break;
        ::kill(pid, SIGKILL);
        const bool is_back = eventually([&] {
            const auto now = host.project("witness");
            return now.at("state") == "open" && now.at("pid") != pid;
        });
        EXPECT_TRUE(is_back);
        survived += is_back ? 1 : 0;
    }
    stopping = true;
    for (auto& writer : writers) writer.join();

    auto reader = host.connect("/witness");
    const std::string integrity = ask(reader, "ask pragma integrity_check");
    const std::set<int> stored = stored_numbers(reader);
    std::uint64_t lost = 0;
    for (const int number : acknowledged.numbers()) lost += stored.contains(number) ? 0 : 1;
    report({.test = "`kill -9` during commits",
            .injected = kills,
            .survived = survived,
            .lost = lost,
            .besides = "of " + std::to_string(acknowledged.count()) + " acknowledged commits; the file's check says " + integrity});
    EXPECT_EQ(lost, 0u);
    EXPECT_EQ(integrity, "ok");
    // At most what was under way at each kill is there without having been acknowledged.
    EXPECT_LE(stored.size(), acknowledged.count() + static_cast<std::size_t>(writers_wanted) * (kills + 1));
}

}  // namespace berth::test
