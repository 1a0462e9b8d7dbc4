// SPDX-License-Identifier: MIT
/// `berth serve`: the supervisor with everything that it needs from the other folders.
#pragma once

#include <filesystem>

#include "config/load.hpp"

namespace berth::host::roles {

/// Checks the machine against the configuration, serves until it is told to stop, and answers the exit code: 0 ended in
/// order, 78 the configuration does not fit this machine, 69 or 77 something that it needs is taken or forbidden, 1
/// another failure, 128 + n ended by a second signal. `file` is the configuration's, for people. [main thread]
int run_serve(config::Loaded loaded, const std::filesystem::path& file, const config::Overrides& overrides);

}  // namespace berth::host::roles
