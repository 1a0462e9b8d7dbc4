// SPDX-License-Identifier: MIT
/// Where a value comes from, and what is wrong with it there.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::host::config {

/// The place of one value. `text()` is how diagnostics begin and how `--effective` names it.
struct Origin {
    enum class Kind { built_in, file, environment, command_line };
    Kind kind = Kind::built_in;
    std::string name;          ///< path of the file, or name of the variable or option
    std::uint32_t line = 0;    ///< from 1; files only
    std::uint32_t column = 0;  ///< from 1; files only

    /// "default", "berth.toml:3:9", "environment BERTH_HOST__STATE", "command line host.state".
    [[nodiscard]] std::string text() const;
};

/// Origins by full dotted key; keys that nobody wrote are absent.
using Origins = std::map<std::string, Origin>;

struct Diagnostic {
    Origin where;
    std::string key;      ///< full dotted key; empty when the file as a whole is meant
    std::string message;  ///< what is wrong, why, what next

    /// "berth.toml:3:9: host.io_threads: ...".
    [[nodiscard]] std::string text() const;
};

/// All that is wrong, in the order of the places.
struct Diagnostics {
    std::vector<Diagnostic> all;

    /// One line each.
    [[nodiscard]] std::string text() const;
    /// As one Error, Code::invalid, whose message has a line for each.
    [[nodiscard]] Error error() const;
};

}  // namespace berth::host::config
