// SPDX-License-Identifier: MIT
/// What the gateway process is made of: a control channel, the gateway, and workers of isolation "none".
#pragma once

#include "base/unique_fd.hpp"

namespace berth::host::roles {

/// `berth __gateway`: serves the messages on descriptor 3 until the channel ends; answers the exit code.
int run_gateway_process();

}  // namespace berth::host::roles
