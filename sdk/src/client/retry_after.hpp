// SPDX-License-Identifier: MIT
/// When a server asks to be tried again.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "client/clock.hpp"

namespace berth::client::inner {

/// What is asked for beyond a day is taken as a day.
inline constexpr Milliseconds retry_after_max = std::chrono::hours{24};

/// The value of Retry-After (RFC 9110 §10.2.3): seconds, or a date in the preferred form; nothing when it is
/// neither. A date that has passed is 0.
[[nodiscard]] std::optional<Milliseconds> read_retry_after(std::string_view value,
                                                           std::chrono::system_clock::time_point now);

/// The hint in a close reason: the word `retry-after=SECONDS`, alone or among others, divided by blanks,
/// commas or semicolons. Nothing when there is none.
[[nodiscard]] std::optional<Milliseconds> hint_in_reason(std::string_view reason);

}  // namespace berth::client::inner
