// SPDX-License-Identifier: MIT
/// Addresses of peers as people write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::host {

/// The one way in which the host writes that IPv4 or IPv6 address (RFC 5952; an IPv4 address mapped into IPv6 is its
/// IPv4 address); nothing when the text is none. Without port, brackets and zone. [any thread]
[[nodiscard]] std::optional<std::string> canonical_ip_address(std::string_view text);

}  // namespace berth::host
