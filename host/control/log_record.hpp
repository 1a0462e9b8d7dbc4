// SPDX-License-Identifier: MIT
/// Names for what the log folder defines, as they are used beside the control channel.
#pragma once

#include <functional>

#include "log/record.hpp"

namespace berth::host::control {

using LogRecord = log::Record;

/// Renders or stores a record [borrowed: call]. Called on the supervisor's main thread: must not block long.
using LogSink = std::function<void(const LogRecord&)>;

}  // namespace berth::host::control
