// SPDX-License-Identifier: MIT
// What goes wrong with files reaches the project as a sentence.
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "unit/db/database_fixture.hpp"

namespace berth::host::db {
namespace {

class DamageTest : public DatabaseTest {
protected:
    [[nodiscard]] std::filesystem::path file() const { return directory / "data.sqlite"; }
    [[nodiscard]] Result<std::unique_ptr<Connection>> open() { return database.open(); }

    Database database{options()};
};

TEST_F(DamageTest, a_file_that_is_no_database_is_named_so) {
    std::ofstream(file()) << std::string(5000, 'x');

    const auto result = open();

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message,
              "database data.sqlite: the file is damaged or no database (file is not a database): put a "
              "backup in its place");
    EXPECT_EQ(database.figures().open, 0u);
}

TEST_F(DamageTest, a_damaged_page_is_found_when_it_is_read) {
    {
        auto connection = opened(database);
        run(*connection,
            "CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            "999) "
            "INSERT INTO t SELECT hex(randomblob(100)) FROM n");
    }
    {
        std::fstream bytes(file(), std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(4096);
        bytes << std::string(8192, '\xA5');
    }
    auto connection = opened(database);

    const std::string sentence = refusal(*connection, "SELECT sum(length(a)) FROM t");

    EXPECT_EQ(
        sentence,
        "database data.sqlite: the file is damaged or no database (database disk image is malformed): put a "
        "backup in its place");
    EXPECT_EQ(connection->last_error().code & 0xff, 11);  // SQLITE_CORRUPT
}

TEST_F(DamageTest, a_file_that_can_not_be_written_is_told_when_it_matters) {
    { run(*opened(database), "CREATE TABLE t(a)"); }
    chmod(directory.c_str(), 0555);
    chmod(file().c_str(), 0444);
    const bool is_root = geteuid() == 0;
    if (is_root) {
        ASSERT_EQ(seteuid(65'534), 0);
    }

    auto connection = open();
    const std::string sentence =
        connection ? refusal(**connection, "INSERT INTO t VALUES(1)") : connection.error().message;
    if (connection) connection->reset();
    if (is_root) {
        ASSERT_EQ(seteuid(0), 0);
    }
    chmod(directory.c_str(), 0755);

    EXPECT_EQ(sentence,
              "database data.sqlite: the file or its directory can not be written (attempt to write a readonly "
              "database): give the host's user access");
}

TEST_F(DamageTest, a_full_disk_is_told_and_nothing_is_written) {
    auto connection = opened(database);
    run(*connection, "CREATE TABLE t(a); INSERT INTO t VALUES('kept')");
    run(*connection, "PRAGMA max_page_count=3");

    EXPECT_EQ(refusal(*connection, "INSERT INTO t VALUES(hex(randomblob(100000)))"),
              "database data.sqlite: there is no space left on its disk (database or disk is full): free "
              "some; nothing was "
              "written");
    EXPECT_EQ(connection->last_error().code, 13);  // SQLITE_FULL
    EXPECT_EQ(number(*connection, "SELECT count(*) FROM t"), 1);
}

TEST_F(DamageTest, a_file_that_can_not_grow_is_told) {
    auto connection = opened(database);
    run(*connection, "CREATE TABLE t(a)");
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    auto* old_handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 64 * 1024, .rlim_max = before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);

    const std::string sentence = refusal(*connection, "INSERT INTO t VALUES(hex(randomblob(100000)))");
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)std::signal(SIGXFSZ, old_handler);

    EXPECT_EQ(sentence,
              "database data.sqlite: reading or writing the file failed (disk I/O error): check the disk");
    EXPECT_EQ(number(*connection, "SELECT count(*) FROM t"), 0);
}

TEST_F(DamageTest, a_directory_that_can_not_be_made_is_told) {
    std::ofstream(directory / "blocked") << "a file";
    Database other({.directory = directory / "blocked/chat", .file = "data.sqlite"});

    const auto result = other.open();

    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("Not a directory"), std::string::npos) << result.error().message;
    EXPECT_EQ(other.figures().open, 0u);
}

TEST_F(DamageTest, a_directory_in_the_place_of_the_file_is_told) {
    std::filesystem::create_directory(file());

    EXPECT_EQ(open().error().message,
              "database data.sqlite: can not be opened (unable to open database file): check that its "
              "directory exists and that the host's user has access");
}

}  // namespace
}  // namespace berth::host::db
