// SPDX-License-Identifier: MIT
/// Reads the configuration: main file, conf.d/*.toml beside it in name order, environment, command
/// line; each overrides what comes before. All or nothing: with one error there is no Config.
///
/// Relative paths in a file are relative to the file's directory, others to the working directory.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "config/origin.hpp"

namespace berth::host::config {

/// Values from outside the files. Texts are written as in TOML, quotes may be left out; lists as
/// TOML arrays or separated by commas.
struct Overrides {
    /// Names and values; only names of the form BERTH_SECTION__KEY are looked at
    /// (BERTH_PROJECT__CHAT__LIMITS__IDLE=60s); case is ignored.
    std::vector<std::pair<std::string, std::string>> environment;
    /// Dotted keys and values: {"host.state", "/srv/berth"}, {"listen.0.address", "127.0.0.1:0"}.
    std::vector<std::pair<std::string, std::string>> command_line;
};

/// The BERTH_ variables of this process. Call before threads start that change the environment.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> process_environment();

struct Loaded {
    Config config;
    Origins origins;
};

/// Loads `main_file`; an empty path means no file: built-in values and overrides only.
/// Touches nothing but the files read; see check.hpp for the machine. [any thread]
[[nodiscard]] tl::expected<Loaded, Diagnostics> load(const std::filesystem::path& main_file,
                                                     const Overrides& overrides = {});

/// As `load` for one text without conf.d, for tests and tools; `name` stands in messages.
[[nodiscard]] tl::expected<Loaded, Diagnostics> load_text(std::string_view toml, std::string_view name,
                                                          const Overrides& overrides = {});

}  // namespace berth::host::config
