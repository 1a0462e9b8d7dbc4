// SPDX-License-Identifier: MIT
/// As little of RFC 6455 as a server can do with: whole data frames of a well-behaved client.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace berth::bench {

/// Takes the whole client frames at the front of `bytes` and appends each, unmasked, as a server's frame to
/// `answers`. Answers how many bytes it took; throws std::runtime_error at an unmasked frame.
std::size_t reframe(std::span<const char> bytes, std::string& answers);

}  // namespace berth::bench
