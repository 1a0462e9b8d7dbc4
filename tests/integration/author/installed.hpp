// SPDX-License-Identifier: MIT
/// What an author has: an installed Berth, a shell, a running host.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

/// Runs a command that must succeed within four minutes; adds a failure with its output when it does not.
Output must(const std::vector<std::string>& command, const Environment& environment = {});

/// The programs and the SDK of the build tree, installed into a directory of its own.
class Installed {
public:
    Installed();

    [[nodiscard]] const std::filesystem::path& prefix() const { return prefix_.path(); }
    /// What a shell of the author's finds: the installed programs, packages below the prefix, that host.
    [[nodiscard]] Environment environment(const std::filesystem::path& control_socket) const;
    /// Configures and builds a CMake project, or a cargo package; false, and a failure was added, when it does not.
    bool build(const std::filesystem::path& source, const std::filesystem::path& build) const;

private:
    TempDir prefix_{"berth-installed"};
};

/// The fences of that language in a document, one text each.
std::vector<std::string> fences(const std::filesystem::path& document, std::string_view language);

std::string gdb_program();

}  // namespace berth::test
