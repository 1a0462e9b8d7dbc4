// SPDX-License-Identifier: MIT
/// Whose connection it is that comes from a trusted proxy (RELIABILITY §4 "Trusted proxies", C13). Pure.
#pragma once

#include <optional>
#include <vector>

#include "base/ip_network.hpp"
#include "gateway/rules.hpp"
#include "gateway/transport/peer_address.hpp"
#include "wire/http_head.hpp"

namespace berth::host::gateway {

/// Whether requests from there are believed.
[[nodiscard]] bool is_trusted(const std::vector<IpNetwork>& proxies, const transport::PeerAddress& address);

/// Whether that address is neither limited nor shut out: anybody may be behind loopback or a trusted proxy.
[[nodiscard]] bool is_exempt(const HostRules& rules, const transport::PeerAddress& address);

/// Whom the fields X-Forwarded-For of a request name that a trusted proxy has sent: of all their elements, in order, the
/// right-most that is not of a trusted proxy; each proxy has added its own peer at the right, and what stands further left may be
/// a client's invention. If all are trusted, the left-most. What is no address ends the search, and the one right of it counts.
/// Nothing when there is none: then it is the peer itself. `Forwarded` (RFC 7239) is not read: a proxy that writes only the other
/// passes on what a client has written there.
[[nodiscard]] std::optional<transport::PeerAddress> forwarded_client(const wire::Headers& headers,
                                                                     const std::vector<IpNetwork>& proxies);

/// Whether that client speaks TLS with its proxy, by X-Forwarded-Proto: https or wss, http or ws. Nothing when the field is not
/// there once, or says something else.
[[nodiscard]] std::optional<bool> forwarded_tls(const wire::Headers& headers);

}  // namespace berth::host::gateway
