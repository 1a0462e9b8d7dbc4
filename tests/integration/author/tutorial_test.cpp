// SPDX-License-Identifier: MIT
// The tutorial, played from its first line to its last.
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
