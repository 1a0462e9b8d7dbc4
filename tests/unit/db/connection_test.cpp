// SPDX-License-Identifier: MIT
#include <array>
#include <string>

#include "unit/db/database_fixture.hpp"

namespace berth::host::db {
namespace {

class ConnectionTest : public DatabaseTest {
protected:
    Database database{options()};
    std::unique_ptr<Connection> connection = opened(database);
};

TEST_F(ConnectionTest, makes_directory_and_file_on_first_use) {
    Database other({.directory = directory / "state/chat", .file = "deep/data.sqlite"});
    Session session(other);
    EXPECT_EQ(session.opened(), nullptr);
    EXPECT_FALSE(std::filesystem::exists(directory / "state"));

    ASSERT_TRUE(session.use());

    EXPECT_EQ(session.use().value(), session.opened());
    EXPECT_TRUE(std::filesystem::exists(directory / "state/chat/deep/data.sqlite"));
    EXPECT_EQ(other.figures().open, 1u);
    session.close();
    EXPECT_EQ(session.opened(), nullptr);
    EXPECT_EQ(other.figures().open, 0u);
}

TEST_F(ConnectionTest, is_set_up_as_promised) {
    EXPECT_EQ(text(*connection, "PRAGMA journal_mode"), "wal");
    EXPECT_EQ(number(*connection, "PRAGMA synchronous"), 1);
    EXPECT_EQ(number(*connection, "PRAGMA foreign_keys"), 1);
    EXPECT_EQ(number(*connection, "PRAGMA trusted_schema"), 0);
    EXPECT_EQ(number(*connection, "PRAGMA busy_timeout"), 5000);
    EXPECT_NE(refusal(*connection, "SELECT load_extension('x')"), "");
}

TEST_F(ConnectionTest, keeps_values_of_every_type) {
    run(*connection, "CREATE TABLE t(a, b, c, d, e, f)");
    const std::array<std::byte, 3> bytes{std::byte{0}, std::byte{255}, std::byte{7}};
    auto insert = connection->prepare("INSERT INTO t VALUES(?1, ?2, ?3, ?4, ?5, ?6)").value();
    const std::string with_zero("a\0b", 3);
    ASSERT_TRUE(insert->bind(1, Value()));
    ASSERT_TRUE(insert->bind(2, std::int64_t{-9'223'372'036'854'775'807} - 1));
    ASSERT_TRUE(insert->bind(3, 0.5));
    ASSERT_TRUE(insert->bind(4, std::string_view(with_zero)));
    ASSERT_TRUE(insert->bind(5, Blob(bytes)));
    ASSERT_TRUE(insert->bind(6, Blob()));
    EXPECT_FALSE(insert->step().value());

    auto select = connection->prepare("SELECT a, b, c, d, e AS name, f, '' FROM t").value();
    ASSERT_TRUE(select->step().value());

    EXPECT_EQ(select->column_count(), 7u);
    EXPECT_EQ(select->column_name(4).value(), "name");
    EXPECT_TRUE(std::holds_alternative<std::monostate>(select->column(0).value()));
    EXPECT_EQ(std::get<std::int64_t>(select->column(1).value()), INT64_MIN);
    EXPECT_EQ(std::get<double>(select->column(2).value()), 0.5);
    EXPECT_EQ(std::get<std::string_view>(select->column(3).value()), with_zero);
    const Blob blob = std::get<Blob>(select->column(4).value());
    EXPECT_EQ(std::vector<std::byte>(blob.begin(), blob.end()),
              std::vector<std::byte>(bytes.begin(), bytes.end()));
    EXPECT_TRUE(std::get<Blob>(select->column(5).value()).empty());
    EXPECT_EQ(std::get<std::string_view>(select->column(6).value()), "");
    EXPECT_FALSE(select->step().value());
}

TEST_F(ConnectionTest, copies_what_is_bound) {
    run(*connection, "CREATE TABLE t(a)");
    auto insert = connection->prepare("INSERT INTO t VALUES(?)").value();
    std::string value = "first";
    ASSERT_TRUE(insert->bind(1, std::string_view(value)));
    value = "SPOIL";

    ASSERT_TRUE(insert->step());

    EXPECT_EQ(text(*connection, "SELECT a FROM t"), "first");
}

TEST_F(ConnectionTest, runs_a_statement_again_after_reset_without_its_bindings) {
    run(*connection, "CREATE TABLE t(a)");
    auto insert = connection->prepare("INSERT INTO t VALUES(?)").value();
    ASSERT_TRUE(insert->bind(1, std::int64_t{5}));
    ASSERT_TRUE(insert->step());
    EXPECT_EQ(insert->step().error().message,
              "database data.sqlite: the statement has ended: reset it before it runs again");

    ASSERT_TRUE(insert->reset());
    ASSERT_TRUE(insert->step());

    EXPECT_EQ(number(*connection, "SELECT count(*) FROM t WHERE a IS NULL"), 1);
    EXPECT_EQ(number(*connection, "SELECT count(*) FROM t WHERE a = 5"), 1);
}

TEST_F(ConnectionTest, says_what_was_inserted_and_changed) {
    run(*connection, "CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t(a) VALUES(1), (2), (3)");
    EXPECT_EQ(connection->last_insert_id(), 3);
    EXPECT_EQ(connection->changes(), 3);

    run(*connection, "UPDATE t SET a = 0 WHERE id < 3");

    EXPECT_EQ(connection->changes(), 2);
}

TEST_F(ConnectionTest, refuses_wrong_places_with_sentences) {
    auto statement = connection->prepare("SELECT ?, 2").value();

    EXPECT_EQ(statement->bind(2, Value()).error().message,
              "database data.sqlite: there is no parameter 2: the statement has 1 parameter, counted from 1");
    EXPECT_FALSE(statement->bind(0, Value()));
    EXPECT_EQ(statement->column(0).error().message,
              "database data.sqlite: there is no current row: step first, and look what it answered");
    ASSERT_TRUE(statement->step().value());
    EXPECT_EQ(statement->column(2).error().message,
              "database data.sqlite: there is no column 2: the result has 2 columns, counted from 0");
    EXPECT_FALSE(statement->column_name(7));
    EXPECT_EQ(statement->column(2).error().code, Code::invalid);
}

TEST_F(ConnectionTest, prepares_exactly_one_statement) {
    for (const char* good : {"SELECT 1", "SELECT 1;", " SELECT ';' ; ", "SELECT 1; -- done; really",
                             "SELECT 1 /* ; */;\n", "SELECT 'a;b'", "-- first\nSELECT 1",
                             "CREATE TEMP TRIGGER IF NOT EXISTS x AFTER INSERT ON sqlite_master BEGIN SELECT "
                             "1; SELECT 2; END;"}) {
        const auto statement = connection->prepare(good);
        // The trigger is refused for its table, not for its semicolons.
        const std::string refusal = statement ? "" : statement.error().message;
        EXPECT_EQ(refusal.find("more than one"), std::string::npos) << good;
        if (statement) connection->finalize(*statement);
    }
    for (const char* bad : {"SELECT 1; SELECT 2", "SELECT 1;;DROP TABLE t", "SELECT 1; /* x */ nonsense"})
        EXPECT_EQ(connection->prepare(bad).error().message,
                  "database data.sqlite: more than one statement: prepare each by itself, or use execute for "
                  "scripts")
            << bad;
    for (const char* bad : {"", " ;; ", "-- only words", "/* only words */ ", "/* never ends"})
        EXPECT_EQ(connection->prepare(bad).error().message,
                  "database data.sqlite: there is no statement in this text")
            << bad;
    const auto wrong = connection->prepare("SELEC 1");
    EXPECT_EQ(wrong.error().message, "database data.sqlite: near \"SELEC\": syntax error");
    EXPECT_EQ(wrong.error().code, Code::invalid);
    EXPECT_FALSE(connection->prepare(std::string_view("SELECT 1\0", 9)));
}

TEST_F(ConnectionTest, keeps_the_last_failure_with_the_engine_s_own_code) {
    EXPECT_EQ(connection->last_error().code, 0);
    run(*connection, "CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES(1)");

    EXPECT_EQ(refusal(*connection, "INSERT INTO t VALUES(1)"),
              "database data.sqlite: UNIQUE constraint failed: t.a");

    EXPECT_EQ(connection->last_error().code, 2067);  // SQLITE_CONSTRAINT_UNIQUE
    EXPECT_EQ(connection->last_error().message, "database data.sqlite: UNIQUE constraint failed: t.a");
    run(*connection, "SELECT 1");
    EXPECT_EQ(connection->last_error().code, 2067);
}

TEST_F(ConnectionTest, keeps_foreign_keys) {
    run(*connection, "CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(a REFERENCES a)");

    EXPECT_EQ(refusal(*connection, "INSERT INTO b VALUES(9)"),
              "database data.sqlite: FOREIGN KEY constraint failed");
}

TEST_F(ConnectionTest, has_transactions_that_do_not_nest) {
    run(*connection, "CREATE TABLE t(a)");
    EXPECT_FALSE(connection->in_transaction());
    EXPECT_EQ(connection->commit().error().message,
              "database data.sqlite: there is no transaction to commit: begin one first");
    EXPECT_EQ(connection->rollback().error().message,
              "database data.sqlite: there is no transaction to roll back: begin one first");

    ASSERT_TRUE(connection->begin(Transaction::write));
    EXPECT_TRUE(connection->in_transaction());
    EXPECT_EQ(connection->begin(Transaction::read).error().message,
              "database data.sqlite: a transaction is open already, and they do not nest: commit or roll "
              "back first");
    run(*connection, "INSERT INTO t VALUES(1)");
    ASSERT_TRUE(connection->rollback());
    EXPECT_EQ(number(*connection, "SELECT count(*) FROM t"), 0);

    ASSERT_TRUE(connection->begin(Transaction::write));
    run(*connection, "INSERT INTO t VALUES(1)");
    ASSERT_TRUE(connection->commit());
    EXPECT_EQ(number(*connection, "SELECT count(*) FROM t"), 1);
}

TEST_F(ConnectionTest, cleans_up_at_the_end_of_an_event_and_says_what) {
    run(*connection, "CREATE TABLE t(a); INSERT INTO t VALUES(1), (2)");
    ASSERT_TRUE(connection->begin(Transaction::write));
    run(*connection, "INSERT INTO t VALUES(3)");
    auto half_read = connection->prepare("SELECT a FROM t").value();
    ASSERT_TRUE(half_read->step().value());
    ASSERT_TRUE(connection->prepare("SELECT 1"));

    const Leftovers left = connection->end_event();

    EXPECT_EQ(left.statements, 2u);
    EXPECT_TRUE(left.transaction);
    EXPECT_FALSE(connection->in_transaction());
    EXPECT_EQ(number(*connection, "SELECT count(*) FROM t"), 2);
    const Leftovers nothing = connection->end_event();
    EXPECT_EQ(nothing.statements, 0u);
    EXPECT_FALSE(nothing.transaction);
}

TEST_F(ConnectionTest, accepts_null_and_strangers_in_finalize) {
    connection->finalize(nullptr);
    Database other_database(options());
    auto other = opened(other_database);
    auto statement = other->prepare("SELECT 1").value();

    connection->finalize(statement);

    EXPECT_TRUE(statement->step().value());
}

}  // namespace
}  // namespace berth::host::db
