// SPDX-License-Identifier: MIT
/// What a project has committed is there after its process was killed, and what goes wrong with its database is told.
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <set>
#include <thread>

#include "integration/host/suite.hpp"

namespace berth::test {

using testing::HasSubstr;

namespace {

HostOptions with_witness(std::string more = {}) {
    HostOptions options;
    options.projects = {fixture_project("witness")};
    options.more = std::move(more);
    return options;
}

/// Numbers that the project has said are stored.
class Ledger {
public:
    void add(int number) {
        const std::lock_guard lock(mutex_);
        numbers_.insert(number);
    }
    [[nodiscard]] std::set<int> numbers() const {
        const std::lock_guard lock(mutex_);
        return numbers_;
    }

private:
    mutable std::mutex mutex_;
    std::set<int> numbers_;
};

/// A client that stores one number after the other, and comes back when its connection ends.
void store_numbers(const Endpoint& endpoint, int first, Ledger& ledger, const std::atomic<bool>& stopping) {
    for (int number = first; !stopping;) {
        try {
            WsClient client{endpoint, "/witness"};
            while (!stopping && client.is_open()) {
                ++number;
                if (ask(client, "db insert into stored values (" + std::to_string(number) + ")") != "done") break;
                ledger.add(number);
            }
        } catch (const std::runtime_error&) {
            // 503 while it is restarted.
        }
    }
}

}  // namespace

TEST(Database, loses_no_commit_that_was_acknowledged_when_its_process_is_killed_fifty_times) {
    TestHost host{with_witness()};
    {
        auto first = host.connect("/witness");
        ASSERT_EQ(ask(first, "db create table stored (number integer primary key)"), "done");
    }
    Ledger ledger;
    std::atomic<bool> stopping{false};
    std::vector<std::thread> writers;
    for (int i = 0; i < 3; ++i) {
        writers.emplace_back([&, i] { store_numbers(host.ws(), i * 10'000'000, ledger, stopping); });
    }

    int killed = 0;
    for (; killed < 50 && !testing::Test::HasFailure(); ++killed) {
        const auto before = ledger.numbers().size();
        EXPECT_TRUE(eventually([&] { return ledger.numbers().size() > before + 3; })) << "after " << killed << " kills";
        const auto pid = host.project("witness").at("pid").get<pid_t>();
        ASSERT_GT(pid, 0);
        ::kill(pid, SIGKILL);
        // At once, whatever the delays of repeated crashes are.
        EXPECT_TRUE(eventually([&] {
            host.ask("start", {{"project", "witness"}});
            const auto now = host.project("witness");
            return now.at("state") == "open" && now.at("pid") != pid;
        }));
    }
    stopping = true;
    for (auto& writer : writers) writer.join();

    auto reader = host.connect("/witness");
    EXPECT_EQ(ask(reader, "ask pragma integrity_check"), "ok");
    std::set<int> stored;
    std::istringstream all{ask(reader, "ask select group_concat(number, ' ') from stored")};
    for (int number = 0; all >> number;) stored.insert(number);
    const std::set<int> acknowledged = ledger.numbers();
    std::size_t lost = 0;
    for (const int number : acknowledged) lost += stored.contains(number) ? 0 : 1;
    EXPECT_EQ(lost, 0u) << "of " << acknowledged.size() << " acknowledged";
    EXPECT_GE(acknowledged.size(), 150u);
    // At most what was under way at each kill is there without having been acknowledged.
    EXPECT_LE(stored.size(), acknowledged.size() + 3u * 50u);
    RecordProperty("acknowledged", static_cast<int>(acknowledged.size()));
}

TEST(Database, tells_a_project_that_somebody_else_holds_the_lock_and_serves_it_again_later) {
    TestHost host{with_witness("[project.witness.database]\nbusy = \"200 ms\"\n")};
    auto ana = host.connect("/witness"), ben = host.connect("/witness");
    ASSERT_EQ(ask(ana, "db create table t (a)"), "done");
    ben.says("hold 1500 insert into t values (1)");

    EXPECT_TRUE(eventually([&] {
        auto cleo = host.connect("/witness");
        cleo.says("db insert into t values (2)");
        const auto answer = cleo.next();
        return !answer || answer->payload != "done";
    }));

    EXPECT_TRUE(host.logs("locked by another connection for 200 ms: keep write transactions short, or raise database.busy"));
    EXPECT_EQ(ben.hears(), "held");
    EXPECT_EQ(ask(ana, "db insert into t values (3)"), "done");
}

TEST(Database, tells_a_project_that_its_file_is_damaged_and_leaves_the_file_alone) {
    TestHost host{with_witness()};
    {
        auto ana = host.connect("/witness");
        ASSERT_EQ(ask(ana, "db create table t (a)"), "done");
    }
    const auto file = host.state() / "witness" / "data.sqlite";
    ASSERT_TRUE(std::filesystem::exists(file));
    ASSERT_EQ(host.cli({"stop", "witness", "--yes"}).exit_code, 0);
    const std::string junk(5000, 'x');
    for (const char* beside : {"data.sqlite-wal", "data.sqlite-shm"}) std::filesystem::remove(file.parent_path() / beside);
    write_file(file, junk);
    ASSERT_EQ(host.cli({"start", "witness"}).exit_code, 0);

    auto ben = host.connect("/witness");
    ben.says("ask select 1 from t");

    EXPECT_EQ(ben.closed().code, 1011u);
    EXPECT_TRUE(host.logs("the file is damaged or no database"));
    EXPECT_TRUE(host.logs("put a backup in its place"));
    EXPECT_EQ(read_file(file), junk);
    EXPECT_EQ(host.project("witness").at("crashes"), 0);
}

}  // namespace berth::test
