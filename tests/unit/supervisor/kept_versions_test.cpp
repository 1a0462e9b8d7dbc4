// SPDX-License-Identifier: MIT
#include "supervisor/kept_versions.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace berth::host::supervisor {
namespace {

class KeptVersionsTest : public ::testing::Test {
protected:
    KeptVersionsTest() { std::filesystem::create_directory(staging); }

    /// A staged library with that content.
    Library staged(const std::string& content, const std::string& project = "chat") const {
        std::filesystem::create_directories(staging / content);
        std::ofstream(staging / content / (project + ".so")) << content;
        return {.file = {.path = "/plugins/" + project + ".so", .stem = project},
                .staged = {.path = staging / content / (project + ".so"), .sha256 = content},
                .manifest = {{"version", content}, {"flags", "2"}}};
    }
    KeptVersions open() const { return KeptVersions::open(file, staging); }
    static std::vector<std::string> versions(const KeptVersions& kept, const std::string& project = "chat") {
        std::vector<std::string> names;
        for (const Library& library : kept.of(project).libraries) names.push_back(library.manifest["version"]);
        return names;
    }

    test::TempDir directory{"berth-versions"};
    const std::filesystem::path staging = directory / "staging", file = directory / "versions.json";
};
using Names = std::vector<std::string>;

TEST_F(KeptVersionsTest, are_known_again_with_all_that_a_roll_back_needs) {
    auto before = open();
    EXPECT_EQ(versions(before), Names{});
    before.keep("chat", {{staged("two"), staged("one")}, "three"});
    before.keep("echo", {{staged("one", "echo")}});

    const auto after = open();

    EXPECT_EQ(versions(after), (Names{"two", "one"}));
    EXPECT_EQ(versions(after, "echo"), Names{"one"});
    const Library library = after.of("chat").libraries.back();
    EXPECT_EQ(after.of("chat").gone_back_from, "three");
    EXPECT_EQ(after.of("echo").gone_back_from, "");
    EXPECT_EQ(library.project_name(), "chat");
    EXPECT_EQ(library.flags(), 2u);
    EXPECT_EQ(library.file.path, "/plugins/chat.so");
    EXPECT_EQ(library.staged.path, staging / "one" / "chat.so");
    EXPECT_TRUE(after.uses(library.staged));
    EXPECT_FALSE(after.uses(staged("three").staged));
}

TEST_F(KeptVersionsTest, are_forgotten_with_their_project) {
    auto kept = open();
    kept.keep("chat", {{staged("one")}});
    kept.keep("chat", {});
    EXPECT_EQ(versions(open()), Names{});
}

TEST_F(KeptVersionsTest, whose_copy_is_gone_or_could_be_another_are_left_out) {
    auto kept = open();
    kept.keep("chat", {{staged("one"), staged("two"), staged("three")}});
    std::filesystem::remove(staging / "one" / "chat.so");
    std::filesystem::permissions(staging / "two" / "chat.so", std::filesystem::perms{0666});
    EXPECT_EQ(versions(open()), Names{"three"});
}

TEST_F(KeptVersionsTest, are_none_where_the_list_is_damaged_or_names_files_elsewhere) {
    std::ofstream(file) << "{ half";
    EXPECT_EQ(versions(open()), Names{});
    std::ofstream(directory / "evil.so") << "x";
    std::ofstream(file, std::ios::trunc) << R"({"version":1,"projects":{"chat":[{"sha256":"..","copy":"evil.so"},{"sha256":"a/..","copy":"b"},7]}})";
    EXPECT_EQ(versions(open()), Names{});
}

}  // namespace
}  // namespace berth::host::supervisor
