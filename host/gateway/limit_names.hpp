// SPDX-License-Identifier: MIT
/// Every limit that ends an open connection or holds it back, by the name of its counter in /metrics and `berth status --json`.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace berth::host::gateway {

/// Refusals of newcomers are counted by rule instead (door.hpp, doorkeeper.hpp).
inline constexpr std::array<std::string_view, 18> limit_names{
    "backlog",        ///< full, with the policy that closes
    "blocked-write",  ///< took nothing for too long
    "close",          ///< did not answer a close
    "control-frames", ///< too many pings and pongs
    "fragments",      ///< a message in too many frames
    "idle",           ///< no message for too long
    "inbox",          ///< not read, because too much of it waits for its handler
    "inbox-total",    ///< not read, because too much of all of the project's clients waits
    "memory",         ///< closed, because the gateway holds too much
    "message",        ///< too long
    "message-rate",   ///< not read for a while, or closed
    "message-time",   ///< not whole in time
    "pong",           ///< did not answer a ping
    "protocol",       ///< not RFC 6455
    "tls-flood",      ///< began a handshake or a change of keys too often
    "tls-handshake",  ///< not done in time
    "unacknowledged", ///< its system acknowledged nothing
    "utf8",           ///< a text that is none
};

[[nodiscard]] constexpr bool is_limit_name(std::string_view name) {
    return std::find(limit_names.begin(), limit_names.end(), name) != limit_names.end();
}

}  // namespace berth::host::gateway
