// SPDX-License-Identifier: MIT
/// What children write on their log pipe, standard output and standard error, as records.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "log/record.hpp"

namespace berth::host::supervisor {

/// Takes every line of every child. [main thread]
using LogSink = std::function<void(log::Record)>;

/// Who speaks: what a child says of itself does not count where this says something.
struct Speaker {
    std::string process;
    std::string project{};         ///< empty: a process of the host, which speaks for any project
    std::uint64_t generation = 0;  ///< 0: none
};

/// One line of a log pipe. What is no record becomes a warning that carries it, so that nothing a child says is lost.
[[nodiscard]] log::Record record_of_line(std::string_view line, const Speaker& speaker);

/// A line that a child, or the project in it, printed: it is the message itself, so that a back-trace is not taken for
/// one line said again and again.
[[nodiscard]] log::Record record_of_print(std::string_view line, bool is_error, const Speaker& speaker);

}  // namespace berth::host::supervisor
