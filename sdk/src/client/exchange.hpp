// SPDX-License-Identifier: MIT
/// The life of one open connection, from the handshake to its end.
#pragma once

#include "client/connecting.hpp"
#include "client/mailbox.hpp"
#include "client/session.hpp"

namespace berth::client::inner {

/// Moves bytes between the stream, the session and the mailbox until the session is over, and answers how it
/// ended. `deliver` gets the messages, on this thread. What was not begun to be sent is in the mailbox again.
[[nodiscard]] End exchange(Opened& opened, const Session::Limits& limits, Mailbox& mailbox, Waiter& waiter,
                           Random& random, Session::Deliver deliver);

}  // namespace berth::client::inner
