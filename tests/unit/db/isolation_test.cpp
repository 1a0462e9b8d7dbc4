// SPDX-License-Identifier: MIT
// SEMANTICS, contexts: transactions, temporary tables, pragmas and last-insert ids never leak between
// contexts.
#include <atomic>
#include <thread>

#include "unit/db/database_fixture.hpp"

namespace berth::host::db {
namespace {

using std::chrono::milliseconds;

class IsolationTest : public DatabaseTest {
protected:
    Database database{options()};
    std::unique_ptr<Connection> ana = opened(database);
    std::unique_ptr<Connection> ben = opened(database);
};

TEST_F(IsolationTest, temporary_tables_pragmas_and_ids_belong_to_one_connection) {
    run(*ana,
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE TEMP TABLE mine(a); PRAGMA foreign_keys=OFF");
    run(*ana, "INSERT INTO t(a) VALUES(1), (2)");

    EXPECT_EQ(refusal(*ben, "SELECT * FROM mine"), "database data.sqlite: no such table: mine");
    EXPECT_EQ(number(*ben, "PRAGMA foreign_keys"), 1);
    EXPECT_EQ(ben->last_insert_id(), 0);
    run(*ben, "INSERT INTO t(id) VALUES(70)");
    EXPECT_EQ(ana->last_insert_id(), 2);
    EXPECT_EQ(ben->last_insert_id(), 70);
}

TEST_F(IsolationTest, an_open_transaction_is_nobody_else_s_and_unseen_until_committed) {
    run(*ana, "CREATE TABLE t(a)");
    ASSERT_TRUE(ana->begin(Transaction::write));
    run(*ana, "INSERT INTO t VALUES(1)");

    EXPECT_FALSE(ben->in_transaction());
    EXPECT_EQ(number(*ben, "SELECT count(*) FROM t"), 0);
    ASSERT_TRUE(ana->commit());
    EXPECT_EQ(number(*ben, "SELECT count(*) FROM t"), 1);
}

TEST_F(IsolationTest, a_reader_has_a_stable_view_and_is_told_when_it_can_not_become_a_writer) {
    run(*ana, "CREATE TABLE t(a)");
    ASSERT_TRUE(ben->begin(Transaction::read));
    EXPECT_EQ(number(*ben, "SELECT count(*) FROM t"), 0);
    run(*ana, "INSERT INTO t VALUES(1)");

    EXPECT_EQ(number(*ben, "SELECT count(*) FROM t"), 0);
    EXPECT_EQ(refusal(*ben, "INSERT INTO t VALUES(2)"),
              "database data.sqlite: another connection has written since this transaction began reading, so "
              "it can not "
              "write any more: roll it back and begin it as write");
    EXPECT_EQ(ben->last_error().code, 517);  // SQLITE_BUSY_SNAPSHOT
}

TEST_F(IsolationTest, a_writer_waits_for_the_one_before_it) {
    run(*ana, "CREATE TABLE t(a)");
    ASSERT_TRUE(ana->begin(Transaction::write));
    std::atomic<bool> committed = false;
    std::atomic<bool> was_committed = false;
    std::atomic<bool> began = false;
    std::thread waiting([&] {
        const auto result = ben->begin(Transaction::write);
        was_committed = committed.load();
        began = result.has_value();
    });
    run(*ana, "INSERT INTO t VALUES(1)");
    committed = true;
    ASSERT_TRUE(ana->commit());
    waiting.join();

    EXPECT_TRUE(began);
    EXPECT_TRUE(was_committed);
    EXPECT_EQ(number(*ben, "SELECT count(*) FROM t"), 1);
}

TEST_F(IsolationTest, a_writer_that_waits_too_long_gets_a_sentence) {
    Database impatient(options(milliseconds(30)));
    auto late = opened(impatient);
    ASSERT_TRUE(ana->begin(Transaction::write));

    const auto result = late->begin(Transaction::write);

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::timed_out);
    EXPECT_EQ(result.error().message,
              "database data.sqlite: locked by another connection for 30 ms: keep write transactions short, "
              "or raise "
              "database.busy");
    EXPECT_EQ(late->last_error().code, 5);  // SQLITE_BUSY
    EXPECT_FALSE(late->in_transaction());
}

TEST_F(IsolationTest, a_connection_that_goes_takes_its_transaction_back) {
    run(*ana, "CREATE TABLE t(a)");
    ASSERT_TRUE(ana->begin(Transaction::write));
    run(*ana, "INSERT INTO t VALUES(1)");
    ASSERT_TRUE(ana->prepare("SELECT 1"));

    ana.reset();

    ASSERT_TRUE(ben->begin(Transaction::write));
    EXPECT_EQ(number(*ben, "SELECT count(*) FROM t"), 0);
}

TEST_F(DatabaseTest, eight_threads_open_a_new_file_at_once_and_lose_no_write) {
    constexpr int threads = 8;
    constexpr int writes = 50;
    Database database(options(milliseconds(30'000)));
    std::atomic<int> failures = 0;
    std::vector<std::thread> writers;

    for (int t = 0; t < threads; ++t) {
        writers.emplace_back([&] {
            auto connection = database.open();
            if (!connection || !(*connection)->execute("CREATE TABLE IF NOT EXISTS t(a INTEGER)")) {
                ++failures;
                return;
            }
            for (int i = 0; i < writes; ++i) {
                const bool good =
                    (*connection)->begin(Transaction::write).has_value() &&
                    (*connection)->execute("INSERT INTO t VALUES((SELECT count(*) FROM t))").has_value() &&
                    (*connection)->commit().has_value();
                if (!good) ++failures;
            }
        });
    }
    for (std::thread& writer : writers) writer.join();

    EXPECT_EQ(failures, 0);
    auto connection = opened(database);
    EXPECT_EQ(number(*connection, "SELECT count(*) FROM t"), threads * writes);
    EXPECT_EQ(number(*connection, "SELECT count(DISTINCT a) FROM t"), threads * writes);
    EXPECT_EQ(database.figures().open, 1u);
}

}  // namespace
}  // namespace berth::host::db
