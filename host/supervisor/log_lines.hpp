// SPDX-License-Identifier: MIT
/// What children write on their log pipe, standard output and standard error, as records.
#pragma once

#include <string_view>

#include "control/log_record.hpp"

namespace berth::host::supervisor {

/// One JSON line of a log pipe: {"t":ms,"l":"info","m":"client connected","f":{...}}. What is no such line becomes a
/// warning that carries it as a field, so that nothing a child says is lost. `tags` gives process, project, generation.
[[nodiscard]] control::LogRecord record_of_line(std::string_view line, const control::LogRecord& tags);

/// A line that a child, or the project in it, printed.
[[nodiscard]] control::LogRecord record_of_print(std::string_view line, bool is_error, const control::LogRecord& tags);

/// A line of this process.
[[nodiscard]] control::LogRecord record_of(const log::Line& line);

}  // namespace berth::host::supervisor
