// SPDX-License-Identifier: MIT
/// From addresses to a TCP connection.
#pragma once

#include <span>

#include "client/descriptor.hpp"
#include "client/failure.hpp"
#include "client/lookup.hpp"
#include "client/waiter.hpp"

namespace berth::client::inner {

/// Connects to the first of the addresses that answers. They are tried in order; one that has not answered
/// for 250 ms is joined by the next, so that a dead one costs no more than that (RFC 8305 §5). The descriptor
/// is non-blocking and close-on-exec, without Nagle's delay.
[[nodiscard]] Outcome<Descriptor> dial(std::span<const Address> addresses, Waiter& waiter,
                                       TimePoint deadline);

}  // namespace berth::client::inner
