// SPDX-License-Identifier: MIT
/// What the service manager is told (sd_notify); nothing happens without one.
#pragma once

namespace berth::host::supervisor {

/// Every listener is open and every project runs or has failed.
void tell_ready();
void tell_stopping();
/// The loop turns: the watchdog is fed where one is asked for.
void tell_alive();

}  // namespace berth::host::supervisor
