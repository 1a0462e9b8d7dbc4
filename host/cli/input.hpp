// SPDX-License-Identifier: MIT
/// Payloads from files and standard input, bounded.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/terminal.hpp"

namespace berth::host::cli {

/// What one request of the control protocol can carry with room for the rest of it.
inline constexpr std::size_t payload_bytes_max = 47u << 10;

/// The bytes of a file, or of standard input for "-". Longer than payload_bytes_max is an error.
[[nodiscard]] Result<std::string> read_payload(const std::string& path, Terminal& terminal);

}  // namespace berth::host::cli
