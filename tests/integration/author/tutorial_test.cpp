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

}  // namespace berth::test
