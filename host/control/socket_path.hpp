// SPDX-License-Identifier: MIT
/// Where the control socket is when nobody says otherwise (DECISIONS §4).
#pragma once

#include <filesystem>

namespace berth::host::control {

/// /run/berth/control.sock as root; else $XDG_RUNTIME_DIR/berth/control.sock; without that variable
/// /tmp/berth-UID/control.sock, whose directory the server takes only when it belongs to the user.
[[nodiscard]] std::filesystem::path default_socket_path();

}  // namespace berth::host::control
