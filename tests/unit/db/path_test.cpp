// SPDX-License-Identifier: MIT
#include "unit/db/database_fixture.hpp"

namespace berth::host::db {
namespace {

class PathTest : public DatabaseTest {
protected:
    [[nodiscard]] std::string refusal_of(const std::string& file) const {
        const auto path = path_inside(directory, file);
        return path ? "" : path.error().message;
    }
};

TEST_F(PathTest, lies_inside_the_project_s_directory) {
    const auto canonical = std::filesystem::canonical(directory);
    EXPECT_EQ(path_inside(directory, "data.sqlite").value(), canonical / "data.sqlite");
    EXPECT_EQ(path_inside(directory, "a/b.db").value(), canonical / "a/b.db");
    EXPECT_EQ(path_inside(directory, "./..x").value(), canonical / "..x");
    EXPECT_EQ(path_inside(directory / "not/yet", "x").value(), canonical / "not/yet/x");
}

TEST_F(PathTest, never_leads_outside) {
    const std::string where = directory.string();
    EXPECT_EQ(refusal_of("/etc/passwd"),
              "database file \"/etc/passwd\": the file must lie in the project's directory " + where +
                  ": write a relative path");
    EXPECT_EQ(refusal_of("../x"),
              "database file \"../x\": the file must lie in the project's directory " + where + ": no ..");
    EXPECT_EQ(
        refusal_of("a/../../x"),
        "database file \"a/../../x\": the file must lie in the project's directory " + where + ": no ..");
    EXPECT_EQ(refusal_of(""), "database file \"\": a file name is missing, such as data.sqlite");
    EXPECT_EQ(refusal_of("a/"), "database file \"a/\": a file name is missing, such as data.sqlite");
    EXPECT_NE(refusal_of(std::string("a\0b", 3)), "");
}

TEST_F(PathTest, is_followed_through_symbolic_links) {
    std::filesystem::create_directory(directory / "project");
    std::filesystem::create_directory(directory / "project/real");
    std::filesystem::create_symlink("real", directory / "project/inner");
    std::filesystem::create_directory_symlink("/tmp", directory / "project/outer");
    std::filesystem::create_symlink(directory / "stolen.sqlite", directory / "project/data.sqlite");
    const auto project = std::filesystem::canonical(directory / "project");

    EXPECT_EQ(path_inside(project, "inner/x").value(), project / "real/x");
    const std::string sentence =
        ": a symbolic link leads out of the project's directory " + project.string() + ": remove the link";
    EXPECT_EQ(path_inside(project, "outer/x").error().message, "database file \"outer/x\"" + sentence);
    const auto nowhere = path_inside(project, "data.sqlite");
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(
        nowhere.error().message,
        "database file \"data.sqlite\": a symbolic link in the project's directory leads nowhere: remove " +
            (project / "data.sqlite").string());
    Database database({.directory = project, .file = "data.sqlite"});
    EXPECT_FALSE(database.open());
    EXPECT_FALSE(std::filesystem::exists(directory / "stolen.sqlite"));
}

}  // namespace
}  // namespace berth::host::db
