// SPDX-License-Identifier: MIT
/// When clients that the host sends away are asked to come back: Retry-After of a refusal, and the word
/// `retry-after=SECONDS` in the reason of a close, which the client libraries obey (berth/client.h, "Reconnection") and
/// everybody else ignores.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace berth::host::gateway {

/// The next generation is there already; without a pause its first turn would be all of the last one's clients.
inline constexpr std::uint32_t retry_after_redeploy_s = 1;
/// A first restart of a worker, or of the host by a service manager, takes about this long.
inline constexpr std::uint32_t retry_after_restart_s = 2;
/// Whatever slows a reader down is rarely over at once.
inline constexpr std::uint32_t retry_after_backlog_s = 5;
/// A project that answers 503 has no way to say for how long.
inline constexpr std::uint32_t retry_after_refused_s = 5;

/// The reason as it is sent: "restart; retry-after=2". 0: no hint. A sentence that leaves no room for one is sent as it
/// is.
[[nodiscard]] std::string with_retry_hint(std::string_view reason, std::uint32_t retry_after_s);

}  // namespace berth::host::gateway
