// SPDX-License-Identifier: MIT
#include "supervisor/service_manager.hpp"

#include <systemd/sd-daemon.h>

namespace berth::host::supervisor {

void tell_ready() { ::sd_notify(/*unset_environment=*/0, "READY=1\nSTATUS=serving"); }
void tell_stopping() { ::sd_notify(/*unset_environment=*/0, "STOPPING=1\nSTATUS=stopping"); }
void tell_alive() {
    if (::sd_watchdog_enabled(/*unset_environment=*/0, nullptr) > 0) ::sd_notify(/*unset_environment=*/0, "WATCHDOG=1");
}

}  // namespace berth::host::supervisor
