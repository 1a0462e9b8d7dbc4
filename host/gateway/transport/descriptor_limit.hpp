// SPDX-License-Identifier: MIT
/// The soft limit of open descriptors.
#pragma once

#include <cstddef>

#include "base/result.hpp"

namespace berth::host::transport {

/// Sets the soft RLIMIT_NOFILE of the process to `need`, before the first `Transport::create`:
/// libwebsockets refuses descriptors above the limit it saw then, and scans a table of that size when a
/// plain connection closes, so neither too low nor far too high (PERFORMANCE §4.6). Never above the hard
/// limit, never below what is open already.
/// @return the limit that holds now; an error when the hard limit is below `need` (the soft limit is then the
///         hard one, and the sentence names both numbers).
Result<std::size_t> set_descriptor_limit(std::size_t need);

/// The soft limit that holds now; 0 where it cannot be read.
std::size_t descriptor_limit();

}  // namespace berth::host::transport
