// SPDX-License-Identifier: MIT
/// A program started as a service manager starts it: with listening sockets of the manager's own (LISTEN_FDS).
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/raw_client.hpp"

namespace berth::test {

/// A listening TCP socket on a loopback port, which outlives every program that it is passed to.
class PassedSocket {
public:
    /// `backlog`: of listen(2). Throws std::runtime_error.
    explicit PassedSocket(int backlog = 16);
    ~PassedSocket();
    PassedSocket(const PassedSocket&) = delete;
    PassedSocket& operator=(const PassedSocket&) = delete;
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

private:
    int fd_;
    Endpoint endpoint_;
};

/// Starts a program with these sockets as 3, 4, ..., LISTEN_FDS, LISTEN_PID and WATCHDOG_PID for them, and the
/// environment of the test and `more`; its standard output and error go to the end of `output`. `command[0]` is a path.
pid_t spawn_managed(const std::vector<std::string>& command, const std::filesystem::path& output, const std::vector<int>& sockets,
                    const Environment& more = {});

}  // namespace berth::test
