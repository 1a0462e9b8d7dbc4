// SPDX-License-Identifier: MIT
#include "integration/author/installed.hpp"

#include <cstdlib>
#include <sstream>

namespace berth::test {

Output must(const std::vector<std::string>& command, const Environment& environment) {
    Output output = run(command, environment, {}, Deadline{std::chrono::seconds{240}});
    EXPECT_EQ(output.exit_code, 0) << ::testing::PrintToString(command) << "\n" << output.out << output.err;
    return output;
}

Installed::Installed() {
    for (const auto* component : {"host", "sdk", "testing", "client", "client-dev"})
        must({BERTH_CMAKE, "--install", BERTH_BUILD, "--component", component, "--prefix", prefix()});
}

Environment Installed::environment(const std::filesystem::path& control_socket) const {
    const char* path = std::getenv("PATH");
    std::string programs = (prefix() / "bin").string() + ":" +
                           std::filesystem::path(BERTH_CARGO).parent_path().string();
    if (path != nullptr) programs += std::string(":") + path;
    return {{"PATH", programs},
            {"CMAKE_PREFIX_PATH", prefix()},
            {"PKG_CONFIG_PATH", prefix() / BERTH_LIBDIR "/pkgconfig"},
            {"BERTH_SOCKET", control_socket},
            {"CARGO_HOME", prefix() / "cargo"},
            {"RUSTC", std::filesystem::path(BERTH_CARGO).parent_path() / "rustc"},
            {"CMAKE_BUILD_TYPE", "Debug"},
            {"NO_COLOR", "1"}};
}

bool Installed::build(const std::filesystem::path& source, const std::filesystem::path& build) const {
    if (std::filesystem::exists(source / "Cargo.toml")) {
        return must({BERTH_CARGO, "build", "--release", "--offline", "--manifest-path", source / "Cargo.toml",
                     "--target-dir", build},
                    environment({}))
                   .exit_code == 0;
    }
    return must({BERTH_CMAKE, "-S", source, "-B", build, "-G", "Ninja"}, environment({})).exit_code == 0 &&
           must({BERTH_CMAKE, "--build", build}).exit_code == 0;
}

std::vector<std::string> fences(const std::filesystem::path& document, std::string_view language) {
    std::vector<std::string> found;
    std::istringstream in(read_file(document));
    bool is_inside = false;
    for (std::string line; std::getline(in, line);) {
        if (is_inside && line == "```") {
            is_inside = false;
        } else if (is_inside) {
            found.back() += line + "\n";
        } else if (line == "```" + std::string(language)) {
            is_inside = true;
            found.emplace_back();
        }
    }
    return found;
}

std::string gdb_program() { return BERTH_GDB; }

}  // namespace berth::test
