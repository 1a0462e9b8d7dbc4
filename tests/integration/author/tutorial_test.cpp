// SPDX-License-Identifier: MIT
// The tutorial, played from its first line to its last.
#include <algorithm>
#include <fstream>
#include <sstream>

#include "integration/author/talk.hpp"

namespace berth::test {

namespace {

struct Step {
    std::string language;
    std::string file;  ///< from "<!-- file NAME -->" above
    std::string text;
    int line = 0;
};

std::vector<Step> steps_of(const std::filesystem::path& document) {
    std::vector<Step> steps;
    std::istringstream in(read_file(document));
    std::string above;
    bool is_inside = false;
    int number = 0;
    for (std::string line; std::getline(in, line); above = line) {
        ++number;
        if (line.starts_with("```")) {
            is_inside = !is_inside;
            if (!is_inside) continue;
            const std::string mark = "<!-- file ";
            const bool is_file = above.starts_with(mark);
            steps.push_back({line.substr(3), is_file ? above.substr(mark.size(), above.find(' ', mark.size()) - mark.size()) : "", "", number});
        } else if (is_inside) {
            steps.back().text += line + "\n";
        }
    }
    return steps;
}

}  // namespace

TEST(Tutorial, is_true_from_the_first_line_to_the_last) {
    const Installed installed;
    TempDir work{"berth-tutorial"};
    std::filesystem::permissions(work.path(), std::filesystem::perms{0755});
    TestHost host{HostOptions{.tls = false}};
    const auto shell = installed.environment(host.control_socket());
    Talk talk(host, "tally", shell);
    std::filesystem::path where = work.path();
    int played = 0;

    for (const Step& step : steps_of(BERTH_SOURCE_DIRECTORY "/sdk/TUTORIAL.md")) {
        SCOPED_TRACE("line " + std::to_string(step.line));
        ++played;
        if (step.language == "sh") {
            must({"sh", "-ec", "cd '" + where.string() + "'\n" + step.text + "pwd > '" + (work / "where").string() + "'"}, shell);
            std::ifstream(work / "where") >> where;
        } else if (step.language == "talk") {
            talk.play(step.text);
        } else {
            ASSERT_FALSE(step.file.empty()) << "code that no test compiles";
            write_file(where / step.file, step.text);
        }
        ASSERT_FALSE(HasFailure());
    }
    EXPECT_EQ(played, 8);
}

TEST(Readme, brings_a_first_project_to_life_in_three_commands_in_every_language) {
    const Installed installed;
    TestHost host{HostOptions{.tls = false}};
    std::vector<std::string> blocks;
    for (std::string block : fences(BERTH_SOURCE_DIRECTORY "/README.md", "sh")) {
        if (block.find("berth new hello") == std::string::npos) continue;
        // What the first command serves and the second names is here already.
        const std::string serve = "packaging/quickstart serve\n", environment = ". ~/.local/state/berth-quickstart/env && ";
        if (block.starts_with(serve)) block.erase(0, serve.size());
        ASSERT_TRUE(block.starts_with(environment)) << block;
        block.erase(0, environment.size());
        EXPECT_EQ(std::count(block.begin(), block.end(), '\n'), 2) << block;
        blocks.push_back(block);
    }
    ASSERT_EQ(blocks.size(), 2u) << "C++ and Rust";
    const std::string end = "berth new hello --lang c && cd hello";
    ASSERT_THAT(read_file(BERTH_SOURCE_DIRECTORY "/README.md"), testing::HasSubstr("In C the second ends in `" + end + "`"));
    std::string in_c = blocks[0];
    in_c.replace(0, in_c.find('\n'), end);
    blocks.push_back(in_c);

    for (const auto& block : blocks) {
        SCOPED_TRACE(block);
        TempDir work{"berth-first"};
        std::filesystem::permissions(work.path(), std::filesystem::perms{0755});
        must({"sh", "-ec", "cd '" + work.path().string() + "'\n" + block}, installed.environment(host.control_socket()));

        EXPECT_TRUE(host.project_is("hello", "open"));
        auto ana = host.connect("/hello");
        EXPECT_EQ(ana.hears(), "welcome to hello");
        ana.says("hi");
        EXPECT_EQ(ana.hears(), "1: hi");
        ana.closes();
        EXPECT_EQ(host.cli({"remove", "hello", "--yes"}).exit_code, 0);
    }
}

TEST(SdkReadme, its_shell_blocks_run_as_they_stand) {
    const Installed installed;
    TempDir work{"berth-readme"};
    std::filesystem::permissions(work.path(), std::filesystem::perms{0755});
    const std::filesystem::path examples = BERTH_SOURCE_DIRECTORY "/examples";
    for (const auto* file : {"03-interval/CMakeLists.txt", "03-interval/hello.cpp", "10-c/c_echo.c"})
        std::filesystem::copy(examples / file, work.path());
    std::filesystem::create_directory_symlink(installed.prefix() / "include", work / "include");
    TestHost host{HostOptions{.tls = false}};
    const auto blocks = fences(BERTH_SOURCE_DIRECTORY "/sdk/README.md", "sh");
    ASSERT_EQ(blocks.size(), 2u);

    for (const auto& block : blocks)
        must({"sh", "-ec", "cd '" + work.path().string() + "'\n" + block}, installed.environment(host.control_socket()));

    EXPECT_TRUE(host.project_is("hello", "open"));
    EXPECT_EQ(host.connect("/hello").hears(), "hello from /hello");
    EXPECT_TRUE(std::filesystem::exists(work / "c-echo.so"));
}

}  // namespace berth::test
