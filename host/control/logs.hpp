// SPDX-License-Identifier: MIT
/// The verb `logs`, for the handler that has the ring.
#pragma once

#include "control/handler.hpp"
#include "log/ring.hpp"

namespace berth::host::control {

/// Streams what the request asks for and, with "follow", goes on until the peer leaves. `now_ms` is the wall
/// clock. The ring must outlive the reply. [the ring's thread]
void answer_logs(log::Ring& ring, const Request& request, const Reply& reply, std::int64_t now_ms);

}  // namespace berth::host::control
