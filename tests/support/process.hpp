// SPDX-License-Identifier: MIT
/// Child processes of a test.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/deadline.hpp"

namespace berth::test {

/// What a command left behind.
struct Output {
    int exit_code = -1;  ///< 128 + n when it was ended by signal n; -1: it had to be ended, see `run`
    std::string out;
    std::string err;
};

using Environment = std::vector<std::pair<std::string, std::string>>;

/// Starts a program (looked up in PATH) with the environment of the test and `more`; its standard output
/// and error go to the end of `output`, its standard input is empty. Throws std::runtime_error.
pid_t spawn(const std::vector<std::string>& command, const std::filesystem::path& output,
            const Environment& more = {});

/// Runs a program to its end; ends it with SIGKILL and answers -1 when the deadline passes first.
Output run(const std::vector<std::string>& command, const Environment& more = {}, std::string_view input = {},
           Deadline deadline = Deadline{std::chrono::seconds{60}});

/// Waits for a child and takes its exit code, 128 + n for signal n; nothing when the deadline passed first.
std::optional<int> wait_for(pid_t child, Deadline deadline);

/// All processes below this one in the tree, `root` excluded.
std::vector<pid_t> descendants(pid_t root);
/// Whether such a process exists and is not a zombie.
bool is_alive(pid_t process);
/// Number of open descriptors of a process; 0 when it cannot be read.
std::size_t descriptor_count(pid_t process);
/// Bytes of a process that are in memory; 0 when it cannot be read.
std::size_t resident_bytes(pid_t process);
/// Number of threads of a process; 0 when it cannot be read.
std::size_t thread_count(pid_t process);
/// The command line of a process, blanks between the arguments.
std::string command_line(pid_t process);

}  // namespace berth::test
