// SPDX-License-Identifier: MIT
// The client library as it is installed, without the SDK: CMake package, pkg-config, the shared object.
#include <gmock/gmock.h>

#include <filesystem>
#include <sstream>

#include "integration/client/scripted_server.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace {

namespace fs = std::filesystem;
using namespace berth::test;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const fs::path programs = BERTH_SOURCE "/tests/integration/client/programs";

Output must(const std::vector<std::string>& command, const Environment& environment = {}) {
    Output output = run(command, environment, {}, Deadline{std::chrono::seconds{240}});
    EXPECT_EQ(output.exit_code, 0) << testing::PrintToString(command) << "\n" << output.out << output.err;
    return output;
}

void echo(Peer& peer, int) {
    peer.accept();
    for (;;) {
        const Frame frame = peer.frame();
        peer.send(frame);
        if (frame.opcode == opcode::close) return peer.part();
    }
}

class InstalledClient : public testing::Test {
protected:
    static void SetUpTestSuite() {
        root = new TempDir("berth-client");
        for (const char* component : {"client", "client-dev"}) {
            must({BERTH_CMAKE, "--install", BERTH_BUILD, "--component", component, "--prefix", "/usr/local"},
                 {{"DESTDIR", root->path().string()}});
        }
    }
    static void TearDownTestSuite() { delete root; }

    static fs::path prefix() { return root->path() / "usr/local"; }
    static fs::path file(const std::string& name) {
        for (const auto& entry : fs::recursive_directory_iterator(prefix()))
            if (entry.path().filename() == name) return entry.path();
        ADD_FAILURE() << name << " is not installed";
        return {};
    }

    static TempDir* root;
    TempDir work;
};

TempDir* InstalledClient::root = nullptr;

TEST_F(InstalledClient, builds_and_runs_a_cpp_program_with_cmake) {
    const std::string build = work / "build";
    must({BERTH_CMAKE, "-S", programs.string(), "-B", build, "-G", "Ninja",
          "-DCMAKE_PREFIX_PATH=" + prefix().string(),
          "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror " BERTH_FLAGS});
    must({BERTH_CMAKE, "--build", build});
    ScriptedServer server{echo};

    const Output output = must({build + "/greet", server.url("/echo")});

    EXPECT_EQ(output.out, "hello from C++\n3000\nbuffer and again\n1000\nnobody at port 1\n");
}

TEST_F(InstalledClient, builds_and_runs_a_c_program_with_pkg_config) {
    const std::string program = work / "greet";
    const Output flags = must({"pkg-config", "--cflags", "--libs", "berth-client"},
                              {{"PKG_CONFIG_LIBDIR", file("berth-client.pc").parent_path().string()}});
    std::vector<std::string> command{
        "cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", (programs / "greet.c").string(),
        "-o", program};
    std::istringstream words(flags.out + " " BERTH_FLAGS);
    for (std::string word; words >> word;) command.push_back(word);
    must(command);
    ScriptedServer server{echo};

    const Output output = must({program, "127.0.0.1", std::to_string(server.port())},
                               {{"LD_LIBRARY_PATH", file("libberth-client.so.1").parent_path().string()}});

    EXPECT_EQ(output.out, "hello from C\n1000\n");
}

TEST_F(InstalledClient, exports_its_interface_and_nothing_else) {
    std::istringstream symbols(
        must({"nm", "--dynamic", "--defined-only", "--format=posix", file("libberth-client.so.1").string()})
            .out);
    std::vector<std::string> names;
    for (std::string line; std::getline(symbols, line);) {
        if (!line.starts_with("BERTH_CLIENT_1")) names.push_back(line);
    }

    EXPECT_THAT(names, Each(StartsWith("berth_client_")));
    EXPECT_EQ(names.size(), 18u);
}

TEST_F(InstalledClient, has_a_name_of_its_own_and_needs_little) {
    const std::string dynamic = must({"readelf", "--dynamic", file("libberth-client.so.1").string()}).out;

    EXPECT_THAT(dynamic, HasSubstr("Library soname: [libberth-client.so.1]"));
    EXPECT_THAT(dynamic, HasSubstr("NODELETE"));
    EXPECT_THAT(dynamic, Not(HasSubstr("websockets")));
    EXPECT_THAT(dynamic, Not(HasSubstr("RUNPATH")));
}

TEST_F(InstalledClient, brings_the_module_for_javascript_and_its_types) {
    for (const char* name : {"berth-client.mjs", "berth-client.d.mts", "package.json"})
        EXPECT_TRUE(fs::exists(prefix() / "share/berth/js" / name)) << name;
}

TEST_F(InstalledClient, says_that_the_sdk_is_not_there) {
    fs::copy(programs, work / "program");
    std::string text = read_file(work / "program/CMakeLists.txt");
    const std::size_t at = text.find("COMPONENTS client");
    write_file(work / "program/CMakeLists.txt", text.replace(at, 17, "COMPONENTS sdk"));

    const Output output = run({BERTH_CMAKE, "-S", work / "program", "-B", work / "build", "-G", "Ninja",
                               "-DCMAKE_PREFIX_PATH=" + prefix().string()});

    EXPECT_NE(output.exit_code, 0);
    EXPECT_THAT(output.err, HasSubstr("sdk is not installed in"));
}

}  // namespace
