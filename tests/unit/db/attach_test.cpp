// SPDX-License-Identifier: MIT
/// SQL that names other files: only those of the project's own directory.
#include <gmock/gmock.h>

#include <fstream>

#include "unit/db/database_fixture.hpp"

namespace berth::host::db {
namespace {

using testing::HasSubstr;

class Attached : public DatabaseTest {
protected:
    Attached() : outside(directory.string() + "-outside") { std::filesystem::create_directory(outside); }
    ~Attached() override { std::filesystem::remove_all(outside); }

    const std::filesystem::path outside;
    Database database{options()};
    std::unique_ptr<Connection> connection = opened(database);
};

TEST_F(Attached, files_outside_the_directory_are_refused_and_not_made) {
    const std::string file = (outside / "other.sqlite").string();

    EXPECT_EQ(refusal(*connection, "ATTACH '" + file + "' AS other"),
              "database data.sqlite: not allowed (\"" + file + "\" lies outside the project's directory " + directory.string() + ")");
    EXPECT_THAT(refusal(*connection, "ATTACH '" + directory.string() + "/../" + outside.filename().string() + "/x' AS other"),
                HasSubstr("no .."));
    EXPECT_THAT(refusal(*connection, "ATTACH '/etc/passwd' AS other"), HasSubstr("lies outside"));
    EXPECT_THAT(refusal(*connection, "ATTACH '" + directory.string() + "-outside/x' AS other"), HasSubstr("lies outside"));
    EXPECT_TRUE(std::filesystem::is_empty(outside));
    EXPECT_EQ(connection->last_error().message.find("not authorized"), std::string::npos);
}

TEST_F(Attached, relative_names_uris_and_names_that_are_computed_are_refused) {
    EXPECT_THAT(refusal(*connection, "ATTACH 'other.sqlite' AS other"), HasSubstr("write the whole path, inside " + directory.string()));
    EXPECT_THAT(refusal(*connection, "ATTACH 'file:" + (outside / "x").string() + "' AS other"), HasSubstr("is relative"));
    EXPECT_THAT(refusal(*connection, "ATTACH '/tmp/' || 'x' AS other"), HasSubstr("must be written in the statement"));
    const auto bound = connection->prepare("ATTACH ? AS other");
    ASSERT_FALSE(bound);
    EXPECT_THAT(bound.error().message, HasSubstr("must be written in the statement"));
}

TEST_F(Attached, links_out_of_the_directory_are_refused) {
    std::ofstream(outside / "there.sqlite");
    std::filesystem::create_symlink(outside / "there.sqlite", directory / "link.sqlite");

    EXPECT_THAT(refusal(*connection, "ATTACH '" + (directory / "link.sqlite").string() + "' AS other"),
                HasSubstr("a symbolic link leads out"));
}

TEST_F(Attached, files_of_the_directory_and_memory_are_there) {
    run(*connection, "ATTACH '" + (directory / "archive.sqlite").string() + "' AS archive");
    run(*connection, "CREATE TABLE archive.t(x); INSERT INTO archive.t VALUES (7)");
    EXPECT_EQ(number(*connection, "SELECT x FROM archive.t"), 7);
    run(*connection, "ATTACH ':memory:' AS scratch; CREATE TABLE scratch.t(x)");
    EXPECT_TRUE(std::filesystem::exists(directory / "archive.sqlite"));
}

TEST_F(Attached, vacuum_goes_on_and_copies_only_into_the_directory) {
    run(*connection, "CREATE TABLE t(x); INSERT INTO t VALUES (1)");
    run(*connection, "VACUUM");
    run(*connection, "VACUUM INTO '" + (directory / "backup.sqlite").string() + "'");
    EXPECT_TRUE(std::filesystem::exists(directory / "backup.sqlite"));

    EXPECT_NE(refusal(*connection, "VACUUM INTO '" + (outside / "backup.sqlite").string() + "'"), "");
    EXPECT_TRUE(std::filesystem::is_empty(outside));
}

TEST_F(Attached, the_place_of_temporary_files_stays) {
    EXPECT_THAT(refusal(*connection, "PRAGMA temp_store_directory = '/tmp'"), HasSubstr("temporary files stay"));
}

}  // namespace
}  // namespace berth::host::db
