// SPDX-License-Identifier: MIT
/// What the gateway is told: bounds of the host, rules of each project.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "gateway/outbox.hpp"
#include "wire/http_head.hpp"

namespace berth::host::gateway {

/// Bounds that hold for the host as a whole, before a project is known.
struct HostRules {
    std::size_t connections = 10'000;
    std::size_t connections_per_address = 256;  ///< loopback is exempt
    std::size_t handshakes_per_address = 32;    ///< loopback is exempt
    wire::HeadLimits head;
    Milliseconds tls_handshake{5'000};
    Milliseconds head_time{10'000};
    Milliseconds close{5'000};          ///< for the peer's close frame
    Milliseconds blocked_write{10'000};  ///< for a peer that takes nothing
};

/// Whether newcomers are let in.
enum class ProjectState : std::uint8_t { open, blocked, starting, failed, stopped };

/// What holds for one project; a value, replaced as a whole.
struct ProjectRules {
    std::string name;
    ProjectState state = ProjectState::starting;
    std::uint32_t retry_after_s = 5;  ///< told to those who are refused for now
    std::size_t connections = 10'000;
    std::size_t connections_per_address = 256;  ///< loopback is exempt
    std::size_t message_bytes = 64u << 10;
    std::uint32_t fragments = 128;
    std::size_t backlog_bytes = 1u << 20;
    BacklogPolicy backlog_policy = BacklogPolicy::close;
    Milliseconds idle{0};  ///< without a message in either direction; 0: never
    Milliseconds ping{25'000};  ///< 0: never
    Milliseconds pong{10'000};
    Milliseconds connection_event{10'000};
    std::size_t inbox_events = 64;         ///< of one client, given to the worker and not done
    std::size_t inbox_bytes = 1u << 20;
    std::vector<std::string> origins{"same-host"};
    std::vector<std::string> subprotocols;  ///< empty: the project alone decides
};

[[nodiscard]] std::string_view name_of(ProjectState state);
/// `starting` when there is no such state.
[[nodiscard]] ProjectState project_state_of(std::string_view name);

}  // namespace berth::host::gateway
