// SPDX-License-Identifier: MIT
/// Arguments to exit code: the whole command line in three functions.
#pragma once

#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/verb.hpp"

namespace berth::host::cli {

/// A command line that was understood.
struct Command {
    const Verb* verb = nullptr;
    Arguments arguments;
};

/// What is said instead of running something: help that was asked for, or what is wrong.
struct Explanation {
    std::string text;
    int exit_code = 0;  ///< 0: asked for, to standard output; else to standard error
};

[[nodiscard]] tl::expected<Command, Explanation> parse(std::span<char* const> arguments);
[[nodiscard]] tl::expected<Command, Explanation> parse(const std::vector<std::string>& arguments);
/// Prints, and answers its exit code.
int explain(const Explanation& explanation);
/// Runs the verb on the process's own streams.
int run(const Command& command);

}  // namespace berth::host::cli
