// SPDX-License-Identifier: MIT
#include "control/socket_path.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace berth::host::control {

std::filesystem::path default_socket_path() {
    if (geteuid() == 0) return "/run/berth/control.sock";
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    if (runtime != nullptr && *runtime == '/') return std::filesystem::path(runtime) / "berth" / "control.sock";
    return "/tmp/berth-" + std::to_string(geteuid()) + "/control.sock";
}

}  // namespace berth::host::control
