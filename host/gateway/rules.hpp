// SPDX-License-Identifier: MIT
/// What the gateway is told: bounds of the host, rules of each project.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ip_network.hpp"
#include "gateway/outbox.hpp"
#include "tls/digest.hpp"
#include "wire/http_head.hpp"
#include "wire/permessage_deflate.hpp"

namespace berth::host::gateway {

/// Bounds that hold for the host as a whole, before a project is known.
struct HostRules {
    std::size_t connections = 10'000;
    std::size_t connections_per_address = 256;  ///< loopback is exempt
    std::size_t handshakes_per_address = 32;    ///< loopback is exempt
    std::uint32_t connection_rate = 20;         ///< new ones of one address a second; loopback is exempt; 0: any
    std::uint32_t handshake_rate = 500;         ///< new ones of all addresses a second; loopback is exempt; 0: any
    std::size_t handshakes = 4'000;             ///< connections that are not admitted yet
    std::uint64_t memory_bytes = 0;             ///< held for clients, see MemoryWatch; 0: no limit
    std::vector<IpNetwork> trusted_proxies;     ///< who names clients of its own (forwarded.hpp); exempt as loopback is
    wire::HeadLimits head;
    Milliseconds tls_handshake{5'000};
    Milliseconds head_time{10'000};
    Milliseconds close{5'000};          ///< for the peer's close frame
    Milliseconds blocked_write{10'000};  ///< for a peer that takes nothing
    Milliseconds unacknowledged{30'000};  ///< for a peer that acknowledges nothing
};

/// Whether newcomers are let in.
enum class ProjectState : std::uint8_t { open, blocked, draining, starting, failed, stopped };

/// What becomes of a client whose worker ends before it does: its project declares it (DECISIONS §2).
enum class Survival : std::uint8_t {
    none,       ///< closed with 1012
    stateless,  ///< connected on, to fresh globals
    resumes     ///< connected on, with what was saved
};

/// Whether and how messages are compressed with a project's clients.
struct CompressionRules {
    bool is_enabled = false;
    std::size_t minimum_bytes = 128;  ///< a smaller message is sent as it is
    std::uint8_t level = 1;           ///< wire::DeflateSettings
    std::uint8_t memory_level = 8;
    wire::DeflateParameters wish{.server_takes_over_context = false, .client_takes_over_context = false};
};

/// What holds for one project; a value, replaced as a whole.
struct ProjectRules {
    std::string name;
    ProjectState state = ProjectState::starting;
    std::uint32_t retry_after_s = 5;  ///< told to those who are refused for now
    std::size_t connections = 10'000;
    std::size_t connections_per_address = 256;  ///< loopback is exempt
    std::size_t message_bytes = 64u << 10;
    std::uint32_t fragments = 128;
    Milliseconds message_time{30'000};         ///< from a message's first byte to its last, while it is read
    std::uint32_t messages_per_second = 0;     ///< of one client; 0: any
    std::uint64_t bytes_per_second = 0;        ///< of messages of one client; 0: any
    Milliseconds held_back{10'000};            ///< for a client that goes on sending faster than that
    std::uint32_t control_frames = 10;         ///< pings and pongs of one client a second; 0: any
    std::size_t backlog_bytes = 1u << 20;
    BacklogPolicy backlog_policy = BacklogPolicy::close;
    Milliseconds idle{0};  ///< without a message in either direction; 0: never
    Milliseconds ping{25'000};  ///< 0: never
    Milliseconds pong{10'000};
    Milliseconds connection_event{10'000};
    std::size_t inbox_events = 64;         ///< of one client, given to the worker and not done
    std::size_t inbox_bytes = 1u << 20;
    std::uint64_t inbox_total_bytes = 64u << 20;  ///< of all clients of one generation, over all I/O threads
    std::size_t subscriptions = 256;  ///< of one client
    std::size_t connections_per_user = 32;
    std::vector<std::string> origins{"same-host"};
    std::vector<std::string> hosts;  ///< values of Host, without port; empty: any
    /// Whoever knows one is let in.
    struct Token {
        std::string user;  ///< empty: nobody in particular
        tls::Digest digest{};
    };
    bool wants_token = false;
    std::vector<Token> tokens;
    std::vector<std::string> subprotocols;  ///< empty: the project alone decides
    CompressionRules compression;
    Milliseconds resume{10'000};  ///< so long a surviving client is kept without a worker
    bool waits = false;  ///< while `starting`: newcomers wait for the worker, up to `connection_event`
    // Of the generation that comes with these rules.
    Survival survival = Survival::none;
    bool repeatable = false;  ///< an event that a death cut off may be run again
};

[[nodiscard]] std::string_view name_of(ProjectState state);
/// `starting` when there is no such state.
[[nodiscard]] ProjectState project_state_of(std::string_view name);

}  // namespace berth::host::gateway
