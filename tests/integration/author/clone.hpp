// SPDX-License-Identifier: MIT
/// A clone of the tree in which packaging/quickstart has nothing left to build.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "support/held_port.hpp"
#include "support/process.hpp"
#include "support/raw_client.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

/// packaging/quickstart as it is. Its release build is the test's own build tree, so a cmake that stands before the real one
/// skips configuring and building, and installs those components that are built. What it keeps is below the test's directory,
/// on ports of the test's own. [one thread]
class Clone {
public:
    Clone();
    /// Ends the host, and adds a failure when that was not clean.
    ~Clone();
    Clone(const Clone&) = delete;
    Clone& operator=(const Clone&) = delete;

    /// Its root: where a reader of the README types the commands.
    [[nodiscard]] std::filesystem::path root() const { return directory_ / "berth"; }
    /// The command line of the README that serves; false, and a failure was added, when the host is not ready in time.
    bool serve(const std::string& command);
    /// What it has printed.
    [[nodiscard]] std::string said() const { return read_file(directory_ / "said"); }
    [[nodiscard]] Endpoint endpoint() const { return {.port = sockets_.number()}; }
    /// What the terminals have beside a login's own variables: nothing that leads to Berth.
    [[nodiscard]] Environment environment() const;

private:
    void write_cmake() const;
    void write_configuration() const;

    TempDir directory_{"berth-clone"};
    HeldPort sockets_, pages_;
    pid_t host_ = -1;
};

}  // namespace berth::test
