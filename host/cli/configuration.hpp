// SPDX-License-Identifier: MIT
/// How a verb finds and loads the configuration.
#pragma once

#include <filesystem>

#include "cli/arguments.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"

namespace berth::host::cli {

/// --config, else BERTH_CONFIG, else /etc/berth/berth.toml where it exists, else no file: built-in values.
[[nodiscard]] std::filesystem::path configuration_file(const Arguments& arguments);

/// Loads it with the environment and every --set KEY=VALUE over it. When it cannot, says every error as
/// file:line:column and leaves the exit code: 66 for a missing file, 2 for a bad --set, else 78.
struct Loading {
    std::filesystem::path file;
    std::optional<config::Loaded> loaded;
    config::Overrides overrides;  ///< that hold whatever the file says
    int exit_code = 0;
};
[[nodiscard]] Loading load_configuration(const Arguments& arguments, Terminal& terminal);

/// The control socket of the configuration that a host started here would have; built-in when it has errors.
[[nodiscard]] std::filesystem::path configured_socket();

}  // namespace berth::host::cli
