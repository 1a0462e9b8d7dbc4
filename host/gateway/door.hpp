// SPDX-License-Identifier: MIT
/// The host's own rules for newcomers, before the project is asked (SEMANTICS: connection). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/rules.hpp"

namespace berth::host::gateway {

/// Why a newcomer is turned away: the answer it gets, and what the log says to the operator.
struct DoorRefusal {
    std::uint16_t status = 400;
    std::string sentence;  ///< body of the answer
    std::uint32_t retry_after_s = 0;  ///< 0: not told
    std::string_view rule;    ///< a short constant name, for counters: "origin", "connections", ...
    std::string remedy;       ///< what the operator can do; empty: nothing needs doing
};

/// How many are connected already.
struct Occupancy {
    std::size_t host = 0;
    std::size_t project = 0;
    std::size_t project_address = 0;  ///< from this address to this project
    bool address_is_exempt = false;   ///< loopback, or a trusted proxy
};

/// The project's state and the limits; nothing: come in.
std::optional<DoorRefusal> check_state(const ProjectRules& rules);
std::optional<DoorRefusal> check_limits(const ProjectRules& rules, const HostRules& host, const Occupancy& occupancy);

/// The Origin rule (RFC 6455 §10.2). `origin`: the header's value, or nothing when the client sent none, which
/// no browser does. `host`: the Host header. `is_local`: from this machine to a loopback listener, where ports are ignored.
/// `is_tls`: as the browser has it; where that is not known ports are ignored, too.
std::optional<DoorRefusal> check_origin(const ProjectRules& rules, std::optional<std::string_view> origin,
                                        std::string_view host, bool is_local, std::optional<bool> is_tls);

/// The Host rule, against names that somebody else's DNS lets point here. `host`: the Host header.
std::optional<DoorRefusal> check_host(const ProjectRules& rules, std::string_view host, bool is_local);

/// One user's share; `connections`: those that the user has already. Tokens without a user are not counted.
std::optional<DoorRefusal> check_user(const ProjectRules& rules, std::string_view user, std::size_t connections);

/// Those of the offered sub-protocols that the configuration lets the project choose from, in the client's order.
/// A refusal when the client offers some and none of them is configured.
struct Offer {
    std::vector<std::string_view> subprotocols;
    std::optional<DoorRefusal> refusal;
};
Offer filter_subprotocols(const ProjectRules& rules, const std::vector<std::string_view>& offered);

}  // namespace berth::host::gateway
