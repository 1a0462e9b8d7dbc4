// SPDX-License-Identifier: MIT
/// The bearer token of a newcomer (RFC 6750 §2.1; browsers: as a sub-protocol, since they can send no header). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/door.hpp"
#include "wire/http_head.hpp"

namespace berth::host::gateway {

/// What is known of somebody whose token was looked at.
struct Bearer {
    std::string user;  ///< of the token
    std::optional<DoorRefusal> refusal;
};

/// For a project that wants tokens: exactly one must be presented, as `Authorization: Bearer TOKEN` or as the offered
/// sub-protocol `bearer.TOKEN`. It is compared with all that are known, in the same time whichever it is.
[[nodiscard]] Bearer check_bearer(const ProjectRules& rules, const wire::Headers& headers,
                                  const std::vector<std::string_view>& subprotocols);

/// Whether a sub-protocol is a token in disguise; those are never answered and never shown to the project.
[[nodiscard]] bool is_bearer(std::string_view subprotocol);

}  // namespace berth::host::gateway
