// SPDX-License-Identifier: MIT
// The commands of the root README and of the SDK's, as they stand there.
#include <algorithm>
#include <csignal>
#include <set>
#include <sstream>

#include "cli/completion.hpp"
#include "integration/author/clone.hpp"
#include "integration/author/talk.hpp"

namespace berth::test {

using ::testing::HasSubstr;

namespace {

constexpr const char* serve_command = "packaging/quickstart serve\n";

/// The blocks of the README that make a first project, in C++, Rust and C, without the line that serves.
std::vector<std::string> first_projects() {
    std::vector<std::string> blocks;
    for (std::string block : fences(BERTH_SOURCE_DIRECTORY "/README.md", "sh")) {
        if (block.find("berth new ") == std::string::npos) continue;
        if (block.starts_with(serve_command)) block.erase(0, std::string_view(serve_command).size());
        EXPECT_EQ(std::count(block.begin(), block.end(), '\n'), 2) << block;
        blocks.push_back(block);
    }
    EXPECT_EQ(blocks.size(), 2u) << "C++ and Rust";
    const std::string end = "berth new ../hello --lang c && cd ../hello";
    EXPECT_THAT(read_file(BERTH_SOURCE_DIRECTORY "/README.md"), HasSubstr("In C the second ends in `" + end + "`"));
    std::string in_c = blocks.front();
    const auto begin = in_c.find("berth new");
    in_c.replace(begin, in_c.find('\n') - begin, end);
    blocks.push_back(in_c);
    return blocks;
}

}  // namespace

TEST(Readme, brings_a_first_project_to_life_in_three_commands_in_every_language) {
    Clone clone;
    ASSERT_TRUE(clone.serve("packaging/quickstart serve"));

    for (const auto& block : first_projects()) {
        SCOPED_TRACE(block);
        const std::string shell = "cd '" + clone.root().string() + "'\n";
        must({"sh", "-ec", shell + block}, clone.environment());

        WsClient ana{clone.endpoint(), "/hello"};
        EXPECT_EQ(ana.hears(), "welcome to hello");
        ana.says("hi");
        EXPECT_EQ(ana.hears(), "1: hi");
        ana.closes();
        must({"sh", "-ec", shell + ". build/env\nberth remove hello --yes\nrm -r ../hello"}, clone.environment());
    }
}

TEST(Readme, its_five_minutes_begin_in_a_shell_that_knows_the_host) {
    Clone clone;
    ASSERT_TRUE(clone.serve("packaging/quickstart serve"));
    const auto blocks = fences(BERTH_SOURCE_DIRECTORY "/README.md", "sh");
    auto block = std::find_if(blocks.begin(), blocks.end(), [](const std::string& text) { return text.starts_with(". "); });
    ASSERT_NE(block, blocks.end());
    std::string commands = *block;
    const std::string endless = "berth logs --follow\n";
    ASSERT_TRUE(commands.ends_with(endless));
    commands.resize(commands.size() - endless.size());

    const Output output = must({"sh", "-ec", "cd '" + clone.root().string() + "'\n" + commands}, clone.environment());

    EXPECT_THAT(output.out, HasSubstr("chat"));
    EXPECT_THAT(clone.said(), HasSubstr(". " + (clone.root() / "build/env").string())) << "the terminal names the same file";
}

TEST(Readme, its_table_of_verbs_has_those_that_there_are) {
    std::istringstream readme(read_file(BERTH_SOURCE_DIRECTORY "/README.md"));
    std::set<std::string> written, there;
    bool is_inside = false;
    for (std::string line; std::getline(readme, line);) {
        if (line.starts_with("| verb |")) is_inside = true;
        if (!line.starts_with("|")) is_inside = false;
        // Two may share a row: | `block`, `open` | refuses newcomers ... |
        std::string names = is_inside ? line.substr(0, line.find('|', 1)) : "";
        for (auto begin = names.find('`'); begin != std::string::npos; begin = names.find('`')) {
            const auto end = names.find('`', begin + 1);
            written.insert(names.substr(begin + 1, end - begin - 1));
            names.erase(0, end + 1);
        }
    }
    for (const host::cli::Verb* verb : host::cli::shown_verbs()) there.insert(std::string(verb->name));

    EXPECT_EQ(written, there);
}

class SdkReadme : public ::testing::Test {
protected:
    void SetUp() override {
        std::filesystem::permissions(work.path(), std::filesystem::perms{0755});
        const std::filesystem::path examples = BERTH_SOURCE_DIRECTORY "/examples";
        for (const auto* file : {"03-interval/CMakeLists.txt", "03-interval/hello.cpp", "10-c/c_echo.c"})
            std::filesystem::copy(examples / file, work.path());
        std::filesystem::create_directory_symlink(installed.prefix() / "include", work / "include");
        ASSERT_EQ(blocks.size(), 4u);
    }

    void run_block(std::size_t number) {
        must({"sh", "-ec", in_work + blocks[number]}, shell);
    }

    const Installed installed;
    TempDir work{"berth-readme"};
    const std::string in_work = "cd '" + work.path().string() + "'\n";
    TestHost host{HostOptions{.tls = false}};
    Environment shell = installed.environment(host.control_socket());
    const std::vector<std::string> blocks = fences(BERTH_SOURCE_DIRECTORY "/sdk/README.md", "sh");
};

TEST_F(SdkReadme, builds_with_and_without_cmake_as_it_says) {
    run_block(0);
    run_block(1);

    EXPECT_TRUE(host.project_is("hello", "open"));
    EXPECT_EQ(host.connect("/hello").hears(), "hello from /hello");
    EXPECT_TRUE(std::filesystem::exists(work / "c-echo.so"));
}

TEST_F(SdkReadme, stops_a_debugger_in_a_project_while_another_host_serves) {
    ASSERT_FALSE(gdb_program().empty()) << "gdb is missing";
    run_block(0);
    // As `build/env` has it: the host that serves is named by its configuration.
    std::replace_if(shell.begin(), shell.end(), [](const auto& variable) { return variable.first == "BERTH_SOCKET"; },
                    std::pair<std::string, std::string>{"BERTH_CONFIG", host.configuration()});
    const HeldPort port;
    std::string serve = blocks[2];
    const std::string documented = "127.0.0.1:7691", last = "berth serve";
    ASSERT_NE(serve.find(documented), std::string::npos);
    serve.replace(serve.find(documented), documented.size(), "127.0.0.1:" + std::to_string(port.number()));
    ASSERT_NE(serve.rfind(last), std::string::npos);
    serve.insert(serve.rfind(last), "exec ");
    const auto served = work / "served.txt", debugged = work / "debugged.txt";
    const pid_t second = spawn({"sh", "-ec", in_work + serve}, served, shell);
    ASSERT_TRUE(eventually([&] { return read_file(served).find("berth is ready:") != std::string::npos; }, Deadline{std::chrono::seconds{60}}))
        << read_file(served);

    const pid_t gdb = spawn({"sh", "-ec", in_work + blocks[3]}, debugged, shell);
    ASSERT_TRUE(eventually([&] { return read_file(debugged).find("Continuing.") != std::string::npos; }, Deadline{std::chrono::seconds{60}}))
        << read_file(debugged);
    WsClient ana{{.port = port.number()}, "/hello"};
    EXPECT_EQ(ana.hears(), "hello from /hello");
    ana.says("ahoy");

    // At the end of its input gdb lets go of the process.
    EXPECT_TRUE(wait_for(gdb, Deadline{std::chrono::seconds{60}})) << read_file(debugged);
    EXPECT_THAT(read_file(debugged), HasSubstr("hit Breakpoint 1, Hello::message"));
    EXPECT_EQ(ana.hears(), "ahoy");
    ::kill(second, SIGTERM);
    EXPECT_EQ(wait_for(second, Deadline{std::chrono::seconds{60}}), 0) << read_file(served);
    EXPECT_EQ(host.project("hello")["state"], "open") << "the other one";
}

}  // namespace berth::test
