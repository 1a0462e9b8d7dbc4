// SPDX-License-Identifier: MIT
/// Payloads from files and standard input, bounded.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/terminal.hpp"

namespace berth::host::cli {

/// The longest message that a configuration allows; a request of the control protocol carries one.
inline constexpr std::size_t payload_bytes_max = 16u << 20;

/// The bytes of a file, or of standard input for "-". Longer than payload_bytes_max is an error.
[[nodiscard]] Result<std::string> read_payload(const std::string& path, Terminal& terminal);

}  // namespace berth::host::cli
