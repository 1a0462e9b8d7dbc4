// SPDX-License-Identifier: MIT
// The numbered examples: each builds against the installed SDK, and what its README says comes true.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "integration/author/talk.hpp"

namespace berth::test {

using ::testing::HasSubstr;

namespace {

const std::filesystem::path examples = BERTH_SOURCE_DIRECTORY "/examples";

/// Those that are projects with a talk, by their folders.
std::vector<std::string> talking() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(examples)) {
        if (!fences(entry.path() / "README.md", "talk").empty()) names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// The name under which it is served.
std::string project_of(const std::string& example) {
    const std::string cmake = read_file(examples / example / "CMakeLists.txt");
    std::smatch found;
    return std::regex_search(cmake, found, std::regex(R"(berth_add_project\((\S+))")) ? found[1].str() : example;
}

class Examples : public ::testing::TestWithParam<std::string> {
protected:
    static void SetUpTestSuite() { installed = new Installed; }
    static void TearDownTestSuite() { delete installed; }

    /// Builds it; where its library is.
    static std::filesystem::path library_of(const std::string& example, const TempDir& work) {
        std::filesystem::copy(examples / example, work / example, std::filesystem::copy_options::recursive);
        if (!installed->build(work / example, work / "build")) return {};
        const auto cargo = work / "build/release/libproject.so";
        return std::filesystem::exists(cargo) ? cargo : work / ("build/" + project_of(example) + ".so");
    }

    inline static Installed* installed = nullptr;
    TempDir work{"berth-example"};
};
INSTANTIATE_TEST_SUITE_P(Each, Examples, ::testing::ValuesIn(talking()), [](const auto& example) {
    std::string name = example.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

}  // namespace

TEST_P(Examples, does_what_its_readme_says) {
    const auto library = library_of(GetParam(), work);
    ASSERT_FALSE(library.empty());
    const std::string project = project_of(GetParam());
    HostOptions options;
    options.tls = false;
    TestHost host{options};
    // One that is no project talks to a shipped one.
    const bool is_project = std::filesystem::exists(library);
    host.install(is_project ? library : shipped_project("echo"), is_project ? project + ".so" : "echo.so");
    ASSERT_TRUE(host.project_is(is_project ? project : "echo", "open"));

    const auto blocks = fences(examples / GetParam() / "README.md", "talk");
    ASSERT_EQ(blocks.size(), 1u);
    EXPECT_EQ(std::count(blocks[0].begin(), blocks[0].end(), '\n'), 3) << "three lines show it";
    auto shell = installed->environment(host.control_socket());
    shell[0].second = (work / "build").string() + ":" + shell[0].second;  // PATH
    Talk talk(host, project, shell);
    talk.play(blocks[0]);
}

TEST_F(Examples, are_numbered_and_all_of_them_are_named_in_the_readme) {
    const std::string readme = read_file(examples / "README.md");
    for (const auto& example : talking()) EXPECT_THAT(readme, HasSubstr("`" + example + "/`"));
    std::vector<std::string> numbered;
    for (const auto& entry : std::filesystem::directory_iterator(examples)) {
        const std::string name = entry.path().filename();
        if (name[0] >= '0' && name[0] <= '9') numbered.push_back(name);
    }
    EXPECT_THAT(talking(), testing::UnorderedElementsAreArray(numbered)) << "each one has a talk that is played";
}

TEST_F(Examples, rust_comes_with_the_templates_own_interface) {
    const std::filesystem::path sources = BERTH_SOURCE_DIRECTORY "/sdk/template/rust/src";
    const auto mine = examples / "11-rust/src";
    EXPECT_EQ(read_file(mine / "berth.rs"), read_file(sources / "berth.rs"));
    // The glue is the template's without the part `database`.
    std::istringstream glue(read_file(sources / "glue.rs"));
    std::string expected;
    bool is_out = false;
    for (std::string line; std::getline(glue, line);) {
        if (line.starts_with("%")) {
            is_out = line != "%end";
        } else if (!is_out) {
            expected += line + "\n";
        }
    }
    EXPECT_EQ(read_file(mine / "glue.rs"), expected);
}

TEST_F(Examples, a_debugger_stops_in_a_project_that_shares_the_gateways_process_for_as_long_as_it_likes) {
    ASSERT_FALSE(gdb_program().empty()) << "gdb is missing";
    TestHost host{HostOptions{.isolation = "none", .projects = {library_of("01-echo", work)}, .host_limits = {"heartbeat = \"0\""}, .tls = false}};
    const auto children = host.processes();
    const auto gateway = std::find_if(children.begin(), children.end(), [](pid_t child) {
        return command_line(child).find("__gateway") != std::string::npos;
    });
    ASSERT_NE(gateway, children.end());
    auto ana = host.connect("/01-echo");

    // As sdk/README.md says it, in one go.
    const auto output_file = work / "gdb.txt";
    const pid_t gdb = spawn({gdb_program(), "-batch", "-nx", "-p", std::to_string(*gateway), "-ex", "break Echo::message",
                             "-ex", "echo ready\\n", "-ex", "continue", "-ex", "backtrace 2", "-ex", "shell sleep 8", "-ex", "detach"},
                            output_file);
    ASSERT_TRUE(eventually([&] { return read_file(output_file).find("ready") != std::string::npos; },
                           Deadline{std::chrono::seconds{60}}))
        << read_file(output_file);
    ana.says("hello");

    EXPECT_TRUE(wait_for(gdb, Deadline{std::chrono::seconds{60}})) << read_file(output_file);
    EXPECT_THAT(read_file(output_file), HasSubstr("Echo::message (this="));
    EXPECT_EQ(ana.hears(), "hello") << "the gateway would have been ended after the heartbeat's five seconds";
}

}  // namespace berth::test
