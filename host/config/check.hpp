// SPDX-License-Identifier: MIT
/// Checks of a loaded configuration against this machine: directories, certificates, user.
#pragma once

#include <string>
#include <vector>

#include "config/load.hpp"

namespace berth::host::config {

/// Something on this machine that does not fit; the place is the key's origin.
struct Finding {
    enum class Severity { error, warning };
    Severity severity = Severity::error;
    Diagnostic diagnostic;
};

/// Looks, and creates nothing. Ports are tried by `berth check` and when they are bound, keys are matched with their
/// certificates by supervisor::check_tls_files. [any thread]
[[nodiscard]] std::vector<Finding> check(const Loaded& loaded);

/// The errors among them, for who only wants to go on or stop.
[[nodiscard]] Diagnostics errors_of(const std::vector<Finding>& findings);

}  // namespace berth::host::config
