// SPDX-License-Identifier: MIT
/// The gateway's messages on its control channel: JSON to structs and back (host/control/protocol.md names them).
#pragma once

#include <nlohmann/json.hpp>

#include "gateway/figures.hpp"
#include "gateway/gateway.hpp"

namespace berth::host::roles {

/// Numbers come as numbers or, where they may have 64 bits, as decimal text.
[[nodiscard]] std::uint64_t number_in(const nlohmann::json& body, const char* key, std::uint64_t otherwise = 0);
[[nodiscard]] std::string text_in(const nlohmann::json& body, const char* key);

/// `configure`; the listeners' sockets come beside it, in order.
[[nodiscard]] gateway::GatewaySettings settings_in(const nlohmann::json& body);
[[nodiscard]] std::vector<gateway::Listener> listeners_in(const nlohmann::json& body, std::vector<UniqueFd> sockets);

/// `project`
[[nodiscard]] gateway::ProjectRules rules_in(const nlohmann::json& body);

/// `retire`, `disconnect`
[[nodiscard]] gateway::CloseOrder order_in(const nlohmann::json& body, std::uint16_t code, link::Cause cause);

/// `reconfigure`: `ids` are those of the listeners so far, by number; they become those afterwards. The descriptors are
/// those of the listeners that are new, in order; one that has none has its number all the same.
[[nodiscard]] gateway::Reconfiguration reconfiguration_in(const nlohmann::json& body, std::vector<UniqueFd> sockets,
                                                          std::vector<std::uint64_t>& ids);
/// The ids of the listeners of `configure`.
[[nodiscard]] std::vector<std::uint64_t> listener_ids_in(const nlohmann::json& body);

/// `clients`, `disconnect`, `send`
[[nodiscard]] gateway::ClientFilter filter_in(const nlohmann::json& body);

/// `retire`
[[nodiscard]] gateway::Retirement retirement_in(const nlohmann::json& body);

/// `drain`
[[nodiscard]] gateway::DrainOrder drain_in(const nlohmann::json& body);

/// `lost`
[[nodiscard]] std::vector<gateway::Interruption> running_in(const nlohmann::json& body);

[[nodiscard]] nlohmann::json json_of(const gateway::ClientPage& page);
[[nodiscard]] nlohmann::json json_of(const gateway::GatewayFigures& figures);

}  // namespace berth::host::roles
