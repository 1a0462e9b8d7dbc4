// SPDX-License-Identifier: MIT
/// A newcomer's request: read, judged by the host's own rules, and told to the worker.
#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/door.hpp"
#include "gateway/generation.hpp"
#include "gateway/transport/connection.hpp"
#include "link/events.hpp"
#include "wire/handshake.hpp"
#include "wire/http_request.hpp"

namespace berth::host::gateway {

class ClientHost;

/// How a newcomer's request has reached the host.
struct Way {
    bool is_local = false;         ///< from this machine, to a loopback listener
    std::optional<bool> is_tls{};  ///< as its browser has it; nothing: a proxy is between, and does not say
};

/// What a client holds until its handshake has ended.
struct Arrival {
    explicit Arrival(const wire::HeadLimits& limits) : reader(limits) {}

    wire::RequestReader reader;
    Way way;
    wire::Upgrade upgrade;                        ///< views of the reader's text
    std::vector<std::string_view> subprotocols;   ///< those that the project may choose from
    std::string user;                             ///< of the token that was presented
    bool hides_token = false;                     ///< the host has checked one, which is nobody else's business
    bool is_repeated = false;                     ///< a death cut its `connection` off, which was begun once more
    std::string shown_subprotocols;               ///< the header's value without it
};

/// Applies the host's rules to a complete request, in the order: handshake, path, project, its state, limits,
/// host name, origin, token, sub-protocols. Fills in `arrival`; answers where the newcomer goes, or why it may not.
/// @param peer whose connection it is, before or behind a proxy
std::variant<ProjectEntry*, DoorRefusal> judge(Arrival& arrival, ClientHost& host, const transport::PeerAddress& peer,
                                               ProjectEntry*& known);

/// The client's facts as the worker gets them; views of `arrival`, and of `tls` and `address`.
link::Opening opening_of(ClientId id, Arrival& arrival, const transport::TlsFacts& tls, std::string_view address,
                         std::uint16_t port, std::int64_t connected_at_ms);

/// The sub-protocol to answer with: the project's choice, else the first that is configured and offered.
/// Nothing when the project chose one that was not offered.
std::optional<std::string_view> choose_subprotocol(const Arrival& arrival, const ProjectRules& rules,
                                                   std::string_view chosen);

}  // namespace berth::host::gateway
