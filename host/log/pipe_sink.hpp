// SPDX-License-Identifier: MIT
/// The sink of every process but the supervisor: one JSON line a record into the log pipe.
#pragma once

#include <cstdint>
#include <string>

#include "base/log.hpp"
#include "base/unique_fd.hpp"

namespace berth::host::log {

/// A line is at most this long, so that the kernel writes it whole or not at all (pipe(7), PIPE_BUF).
inline constexpr std::size_t pipe_line_bytes_max = 4096;

/// A sink for `set_sink` that writes to the pipe `fd`, which it makes non-blocking and owns. When the
/// supervisor does not read, lines are lost, never waited for; the next one that fits says how many. Long
/// values are cut. [any thread]
[[nodiscard]] Sink pipe_sink(UniqueFd fd);

}  // namespace berth::host::log
