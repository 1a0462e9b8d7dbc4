// SPDX-License-Identifier: MIT
/// Shows something again and again.
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>

#include "cli/terminal.hpp"

namespace berth::host::cli {

/// Writes one picture and answers exit_done, or says why it cannot and answers another code, which ends the watching.
using Draw = std::function<int(std::ostream& picture)>;

/// Where the terminal can, each picture is as large as the terminal is then, takes the place of the one before and is cut to the screen; elsewhere they
/// follow each other. Goes on until `draw` ends it, nobody reads any more, or the process is interrupted.
int watch(Terminal& terminal, std::chrono::milliseconds every, const Draw& draw);

/// The picture as it is written over the one before: at most `height` lines (0: all), the last of which says how many
/// are missing.
[[nodiscard]] std::string over_the_last(const std::string& picture, std::size_t height);

}  // namespace berth::host::cli
