// SPDX-License-Identifier: MIT
#include "integration/author/clone.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <iostream>

namespace berth::test {

Clone::Clone() {
    // The host's children may run as another user.
    std::filesystem::permissions(directory_.path(), std::filesystem::perms{0755});
    std::filesystem::create_directories(root() / "packaging");
    std::filesystem::copy(BERTH_SOURCE_DIRECTORY "/packaging/quickstart", root() / "packaging/quickstart");
    std::filesystem::create_directories(root() / "build");
    std::filesystem::create_directory_symlink(BERTH_BUILD, root() / "build/release");
    write_cmake();
    write_configuration();
}

Clone::~Clone() {
    if (host_ <= 0) return;
    ::kill(host_, SIGTERM);
    EXPECT_EQ(wait_for(host_, Deadline{std::chrono::seconds{60}}), 0) << said();
    if (testing::Test::HasFailure()) std::cerr << "---- of packaging/quickstart\n" << said() << "----\n";
}

void Clone::write_cmake() const {
    const auto file = directory_ / "bin/cmake";
    std::filesystem::create_directory(directory_ / "bin");
    write_file(file, R"(#!/bin/sh
set -e
case "$1 $2" in
    "--preset release" | "--build --preset") ;;
    "--install build/release")
        shift 2
        for component in host sdk testing client client-dev plugins; do
            ")" BERTH_CMAKE R"(" --install build/release --component $component "$@"
        done ;;
    *) exec ")" BERTH_CMAKE R"(" "$@" ;;
esac
)");
    std::filesystem::permissions(file, std::filesystem::perms{0755});
}

void Clone::write_configuration() const {
    const auto home = directory_ / "state/berth-quickstart";
    std::filesystem::create_directories(home);
    write_file(home / "berth.toml", "[host]\nplugins = \"plugins\"\nstate = \"state\"\nrun = \"run\"\n[[listen]]\naddress = \"127.0.0.1:" +
                                        std::to_string(sockets_.number()) + "\"\n[pages]\naddress = \"127.0.0.1:" +
                                        std::to_string(pages_.number()) + "\"\n");
}

Environment Clone::environment() const {
    return {{"PATH", (directory_ / "bin").string() + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"},
            {"HOME", directory_.path()},
            {"XDG_STATE_HOME", directory_ / "state"},
            {"CARGO_HOME", directory_ / "cargo"},
            {"CMAKE_BUILD_TYPE", "Debug"},
            {"SKIP_SETUP", "1"},
            {"NO_COLOR", "1"}};
}

bool Clone::serve(const std::string& command) {
    // `exec`: the process that is to be ended is the host itself.
    host_ = spawn({"bash", "-c", "cd '" + root().string() + "' && exec " + command}, directory_ / "said", environment());
    const bool is_ready = eventually([this] { return said().find("berth is ready:") != std::string::npos; },
                                     Deadline{std::chrono::seconds{240}});
    EXPECT_TRUE(is_ready) << said();
    return is_ready;
}

}  // namespace berth::test
