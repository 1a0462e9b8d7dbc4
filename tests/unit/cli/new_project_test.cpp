// SPDX-License-Identifier: MIT
#include "cli/new_project.hpp"

#include <gmock/gmock.h>

#include <cctype>
#include <regex>
#include <set>

#include "support/temp_dir.hpp"

namespace berth::host::cli {

using berth::test::read_file;
using berth::test::TempDir;
using berth::test::write_file;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

/// A template of a few lines.
class NewProjectTest : public ::testing::Test {
protected:
    NewProjectTest() {
        write("cpp/project.cpp", "// SPDX-License-Identifier: MIT\nclass %CLASS%;  // %NAME%\n%if database\ndb\n%end\n%unless database\nno db\n%end\n");
        write("cpp/test.cpp", "test of %NAME%\n");
        write("rust/Cargo.toml", "name = \"%CRATE%\"\n");
        write("page/index.html", "<h1>%NAME%</h1>\n");
    }
    void write(const std::string& file, const std::string& text) {
        std::filesystem::create_directories((templates / file).parent_path());
        write_file(templates / file, text);
    }
    Result<std::vector<std::string>> make(const std::string& name, std::set<std::string> parts = {}, const std::string& language = "cpp") {
        return write_project(templates.path(), {work / name, language, std::move(parts)});
    }
    /// Everything in the directory where projects are made.
    [[nodiscard]] std::vector<std::string> left() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(work.path()))
            names.push_back(entry.path().filename());
        return names;
    }

    TempDir templates, work;
};

/// The types that a Rust source names without a path.
std::set<std::string> types_named_in(std::string source) {
    source = std::regex_replace(source, std::regex("//[^\n]*|\"[^\"\n]*\""), " ");
    const std::regex type("(::)?\\b([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)\\b");
    std::set<std::string> names;
    for (std::sregex_iterator found(source.begin(), source.end(), type), end; found != end; ++found)
        if (!(*found)[1].matched) names.insert((*found)[2]);
    return names;
}

}  // namespace

TEST_F(NewProjectTest, puts_names_in_and_leaves_the_licence_and_other_parts_out) {
    const auto files = make("my-chat");

    ASSERT_TRUE(files) << files.error().message;
    EXPECT_THAT(*files, ElementsAre("project.cpp"));
    EXPECT_EQ(read_file(work / "my-chat/project.cpp"), "class MyChat;  // my-chat\nno db\n");
    EXPECT_THAT(left(), ElementsAre("my-chat"));
}

TEST_F(NewProjectTest, brings_the_parts_that_were_asked_for) {
    const auto files = make("rooms", {"database", "page", "test"});

    ASSERT_TRUE(files) << files.error().message;
    EXPECT_THAT(*files, ElementsAre("page/index.html", "project.cpp", "test.cpp"));
    EXPECT_EQ(read_file(work / "rooms/project.cpp"), "class Rooms;  // rooms\ndb\n");
    EXPECT_EQ(read_file(work / "rooms/page/index.html"), "<h1>rooms</h1>\n");
}

TEST_F(NewProjectTest, refuses_what_is_there_already_and_touches_it_not) {
    std::filesystem::create_directory(work / "mine");

    const auto files = make("mine");

    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().message,
              (work / "mine").string() + " is there already: choose another name, or take it away first");
    EXPECT_THAT(left(), ElementsAre("mine"));
    EXPECT_TRUE(std::filesystem::is_empty(work / "mine"));
}

TEST_F(NewProjectTest, leaves_nothing_half_done) {
    write("cpp/broken.txt", "%if database\n");

    const auto files = make("mine");

    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().message, "template broken.txt: line 1: %end is missing");
    EXPECT_THAT(left(), IsEmpty());
}

TEST_F(NewProjectTest, says_what_is_wrong_with_a_name_and_proposes_another) {
    const std::string rule = "1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit";

    EXPECT_EQ(make("My Chat").error().message, "\"My Chat\" is no project name: " + rule + "; such as my-chat");
    EXPECT_EQ(make("-x").error().message, "\"-x\" is no project name: " + rule + "; such as x");
    EXPECT_THAT(make("test").error().message, HasSubstr("CMake keeps for itself: choose another, such as my-test"));
    EXPECT_THAT(make("preinstall", {}, "c").error().message, HasSubstr("CMake keeps for itself"));
    EXPECT_TRUE(make("test", {}, "rust"));
    EXPECT_THAT(make("fine", {}, "cobol").error().message, HasSubstr("no language \"cobol\": use cpp, c, rust"));
    EXPECT_THAT(make("fine", {"tea"}).error().message, HasSubstr("no part \"tea\": use database, page, test"));
    EXPECT_EQ(make("no/where").error().code, Code::not_found);
    EXPECT_THAT(left(), ElementsAre("test"));
}

TEST_F(NewProjectTest, makes_names_that_languages_take) {
    EXPECT_EQ(class_name("a-b_c1"), "ABC1");
    EXPECT_EQ(class_name("3d"), "The3d");
    EXPECT_EQ(class_name("project"), "TheProject");
    EXPECT_EQ(class_name("self"), "TheSelf");
    EXPECT_EQ(class_name("string"), "TheString");
    ASSERT_TRUE(make("3-d", {}, "rust"));
    EXPECT_EQ(read_file(work / "3-d/Cargo.toml"), "name = \"project_3_d\"\n");
}

TEST_F(NewProjectTest, gives_no_class_a_name_that_the_rust_template_uses_itself) {
    const auto types = types_named_in(read_file(BERTH_TEMPLATES "/rust/src/lib.rs"));

    ASSERT_THAT(types, ::testing::IsSupersetOf({"Self", "String", "Result", "Project", "Ok"}));
    for (const std::string& type : types) {
        std::string name = type;
        for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        EXPECT_NE(class_name(name), type);
    }
}

}  // namespace berth::host::cli
