// SPDX-License-Identifier: MIT
// The SDK's README quotes only code that is compiled: each fence names its file and is compared with it.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
    Lines lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::string trimmed(const std::string& line) {
    const auto start = line.find_first_not_of(' ');
    return start == std::string::npos ? "" : line.substr(start);
}

/// Without common indentation and without empty lines at either end.
Lines shifted(Lines lines) {
    std::size_t indentation = std::string::npos;
    for (const auto& line : lines) indentation = std::min(indentation, line.find_first_not_of(' '));
    for (auto& line : lines) line = line.size() < indentation ? "" : line.substr(indentation);
    while (!lines.empty() && lines.front().empty()) lines.erase(lines.begin());
    while (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
}

/// A file without its licence line, or the part of it between "[marker]" and "[end]".
Lines quoted(const std::string& file, const std::string& marker) {
    Lines found;
    bool inside = marker.empty();
    for (const auto& line : lines_of(berth::test::read_file(std::string(BERTH_SOURCE) + "/" + file))) {
        const std::string text = trimmed(line);
        if (!marker.empty() && (text == "// [" + marker + "]" || text == "/* [" + marker + "] */"))
            inside = true;
        else if (inside && (text == "// [end]" || text == "/* [end] */"))
            break;
        else if (inside && line.find("SPDX") == std::string::npos)
            found.push_back(line);
    }
    return shifted(found);
}

TEST(Readme, quotes_only_code_that_is_compiled_by_the_tests) {
    const std::set<std::string> compiled{"examples/03-interval/hello.cpp", "examples/03-interval/CMakeLists.txt",
                                         "examples/10-c/c_echo.c", "tests/abi/projects/tour.cpp",
                                         "tests/unit/sdk/testing/snippets_test.cpp"};
    const Lines readme = lines_of(berth::test::read_file(std::string(BERTH_SOURCE) + "/sdk/README.md"));
    int fences = 0;
    for (std::size_t i = 0; i < readme.size(); ++i) {
        if (readme[i].rfind("```", 0) != 0) continue;
        const std::string language = readme[i].substr(3), source = i == 0 ? "" : readme[i - 1];
        Lines fence;
        for (++i; i < readme.size() && readme[i] != "```"; ++i) fence.push_back(readme[i]);
        if (language.empty() || language == "sh") continue;
        ++fences;
        ASSERT_EQ(source.rfind("<!-- from ", 0), 0u)
            << "line " << i << ": a fence of " << language << " without source";
        std::istringstream words(source.substr(10));
        std::string file, marker;
        words >> file >> marker;
        marker = marker.front() == '[' ? marker.substr(1, marker.size() - 2) : "";

        EXPECT_TRUE(compiled.count(file)) << file << " is not compiled by a test";
        EXPECT_EQ(shifted(fence), quoted(file, marker)) << "line " << i << ": " << source;
    }
    EXPECT_GT(fences, 15);
}

TEST(Readme, names_every_member_of_every_table) {
    const std::string readme = berth::test::read_file(std::string(BERTH_SOURCE) + "/sdk/README.md");
    const std::string witness =
        berth::test::read_file(std::string(BERTH_SOURCE) + "/sdk/abi/1.0/witness.cpp");
    int members = 0;
    for (const auto& line : lines_of(witness)) {
        for (const char* table :
             {"berth_host", "berth_project", "berth_db", "berth_request", "berth_config"}) {
            const std::string start = std::string("MEMBER(") + table + ", ";
            if (line.rfind(start, 0) != 0) continue;
            const std::string member = line.substr(start.size(), line.find(',', start.size()) - start.size());
            if (member == "reserved" || member == "host_data" || member == "abi_minor") continue;
            ++members;
            EXPECT_THAT(readme, testing::HasSubstr(member)) << table;
        }
    }
    EXPECT_GT(members, 40);
}

}  // namespace
