// SPDX-License-Identifier: MIT
// The installed SDK as an author meets it: CMake package, pkg-config, the header alone.
#include <dlfcn.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "abi/exports.hpp"
#include "abi/fake_host.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace {

namespace fs = std::filesystem;
using berth::test::exports_of_dll;
using berth::test::exports_of_so;
using berth::test::FakeHost;
using berth::test::Loaded;
using berth::test::Output;
using berth::test::Owned;
using berth::test::read_file;
using berth::test::run;
using berth::test::TempDir;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

const fs::path source = BERTH_SOURCE;

Output must(const std::vector<std::string>& command, const berth::test::Environment& environment = {}) {
    Output output = run(command, environment, {}, berth::test::Deadline{std::chrono::seconds{240}});
    EXPECT_EQ(output.exit_code, 0) << testing::PrintToString(command) << "\n" << output.out << output.err;
    return output;
}

std::vector<std::string> words(const std::string& text) {
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
}

/// Says something to a fresh client of the library, and answers what came back.
std::vector<std::pair<berth_client_id, Owned>> first_words(const fs::path& library) {
    void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) throw std::runtime_error(dlerror());
    FakeHost host;
    {
        const auto entry = reinterpret_cast<decltype(&berth_project_v1)>(dlsym(handle, "berth_project_v1"));
        Loaded project(entry(), host);
        berth_context& client = project.create(1);
        EXPECT_EQ(project.say(client, "hi"), BERTH_OK) << client.error;
    }
    dlclose(handle);
    return host.sent;
}

class InstalledSdk : public testing::Test {
protected:
    static void SetUpTestSuite() {
        root = new TempDir("berth-sdk");
        for (const char* component : {"sdk", "testing"}) {
            must({BERTH_CMAKE, "--install", BERTH_BUILD, "--component", component, "--prefix", "/usr/local"},
                 {{"DESTDIR", root->path().string()}});
        }
    }
    static void TearDownTestSuite() { delete root; }

    static fs::path prefix() { return root->path() / "usr/local"; }
    /// Where pkg-config's files are, below whatever the library directory is called here.
    static fs::path file(const std::string& name) {
        for (const auto& entry : fs::recursive_directory_iterator(prefix()))
            if (entry.path().filename() == name) return entry.path();
        return {};
    }
    /// The flags of pkg-config for the installed SDK.
    static std::vector<std::string> flags() {
        return words(must({"pkg-config", "--cflags", "--libs", "berth"},
                          {{"PKG_CONFIG_LIBDIR", file("berth.pc").parent_path().string()}})
                         .out);
    }

    static TempDir* root;
    TempDir work;
};

TempDir* InstalledSdk::root = nullptr;

TEST_F(InstalledSdk, builds_a_project_of_ten_and_thirty_lines_with_cmake) {
    fs::copy(source / "examples/03-interval", work / "hello");
    const auto lines = [&](const char* name) {
        const std::string text = read_file(work.path() / "hello" / name);
        return std::count(text.begin(), text.end(), '\n');
    };
    EXPECT_LE(lines("CMakeLists.txt"), 10);
    EXPECT_LE(lines("hello.cpp"), 30);
    const std::string build = (work / "build").string();

    must({BERTH_CMAKE, "-S", (work / "hello").string(), "-B", build, "-G", "Ninja",
          "-DCMAKE_PREFIX_PATH=" + prefix().string()});
    must({BERTH_CMAKE, "--build", build});

    const fs::path library = work / "build/hello.so";
    EXPECT_THAT(exports_of_so(library), ElementsAre("berth_project_v1"));
    EXPECT_THAT(read_file(work / "build/CMakeCache.txt"), HasSubstr("CMAKE_BUILD_TYPE:STRING=RelWithDebInfo\n"))
        << "nobody chose, so it is optimised";
    EXPECT_THAT(read_file(work / "build/build.ninja"), HasSubstr(" -O2 "));
    const std::string notes = must({"readelf", "--notes", library.string()}).out;
    EXPECT_THAT(notes, HasSubstr("Build ID:"));
    EXPECT_THAT(notes, HasSubstr("description data: 01 00 00 00 00 00 00 00")) << "the ABI, major and minor";
    EXPECT_THAT(first_words(library), Contains(Pair(1, Owned::text("hi"))));
}

TEST_F(InstalledSdk, brings_its_manual_pages) {
    for (const char* page : {"man3/berth-sdk.3", "man7/berth-tutorial.7"})
        EXPECT_THAT(read_file(prefix() / "share/man" / page), testing::StartsWith(".\\\" Made from ")) << page;
}

TEST_F(InstalledSdk, says_what_is_wrong_with_a_project_name) {
    fs::copy(source / "examples/03-interval", work / "hello");
    berth::test::write_file(work.path() / "hello/CMakeLists.txt",
                            "cmake_minimum_required(VERSION 3.25)\nproject(hello CXX)\n"
                            "find_package(berth CONFIG REQUIRED)\nberth_add_project(Hello hello.cpp)\n");

    const Output output = run({BERTH_CMAKE, "-S", (work / "hello").string(), "-B", (work / "build").string(),
                               "-G", "Ninja", "-DCMAKE_PREFIX_PATH=" + prefix().string()});

    EXPECT_EQ(output.exit_code, 1);
    EXPECT_THAT(output.err, HasSubstr("berth_add_project: \"Hello\" is no project name"));
}

TEST_F(InstalledSdk, builds_a_c_project_with_pkg_config) {
    const fs::path library = work / "c-echo.so";
    std::vector<std::string> command{"cc", "-std=c11", "-shared", "-fPIC",
                                     (source / "examples/10-c/c_echo.c").string()};
    const auto more = flags();
    command.insert(command.end(), more.begin(), more.end());
    command.insert(command.end(), {"-o", library.string()});

    must(command);

    EXPECT_THAT(exports_of_so(library), ElementsAre("berth_project_v1"));
    EXPECT_THAT(first_words(library), ElementsAre(Pair(1, Owned::text("hi"))));
}

TEST_F(InstalledSdk, builds_a_cpp_project_with_pkg_config_that_exports_one_symbol) {
    const fs::path library = work / "hello.so";
    std::vector<std::string> command{"c++", "-std=c++20", "-shared", "-fPIC",
                                     (source / "examples/03-interval/hello.cpp").string()};
    const auto more = flags();
    command.insert(command.end(), more.begin(), more.end());
    command.insert(command.end(), {"-o", library.string()});

    must(command);

    EXPECT_THAT(exports_of_so(library), ElementsAre("berth_project_v1"));
    EXPECT_THAT(first_words(library), ElementsAre(Pair(1, Owned::text("hi"))));
}

TEST_F(InstalledSdk, needs_nothing_but_the_header_for_a_c_project) {
    const fs::path header = work / "berth";
    fs::create_directories(header);
    fs::copy(prefix() / "include/berth/berth.h", header / "berth.h");
    const fs::path library = work / "c-echo.so";

    must({"cc", "-std=c11", "-shared", "-fPIC", "-I", work.path().string(), "-o", library.string(),
          (source / "examples/10-c/c_echo.c").string()});

    EXPECT_THAT(first_words(library), ElementsAre(Pair(1, Owned::text("hi"))));
}

TEST_F(InstalledSdk, links_a_dll_through_the_same_cmake_function) {
    fs::copy(source / "examples/03-interval", work / "hello");
    const std::string build = (work / "build").string();

    must({BERTH_CMAKE, "-S", (work / "hello").string(), "-B", build, "-G", "Ninja",
          "-DCMAKE_SYSTEM_NAME=Windows", "-DCMAKE_CXX_COMPILER=x86_64-w64-mingw32-g++-posix",
          // Below a directory of this machine's architecture no compiler for another one looks by itself.
          "-Dberth_DIR=" + file("berthConfig.cmake").parent_path().string()});
    must({BERTH_CMAKE, "--build", build});

    EXPECT_THAT(exports_of_dll((work / "build/hello.dll").string()), ElementsAre("berth_project_v1"));
}

}  // namespace
