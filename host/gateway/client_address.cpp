// SPDX-License-Identifier: MIT
#include "gateway/client_address.hpp"

#include "gateway/arrival.hpp"
#include "gateway/client_host.hpp"
#include "gateway/forwarded.hpp"

namespace berth::host::gateway {

std::optional<DoorRefusal> ClientAddress::look_behind_proxy(Arrival& arrival, ClientHost& host) {
    const auto& proxies = host.host_rules().trusted_proxies;
    if (!is_trusted(proxies, connection_.peer())) return std::nullopt;
    const wire::Headers& headers = arrival.reader.request().headers;
    const auto is_tls = forwarded_tls(headers);
    const auto client = forwarded_client(headers, proxies);
    if (is_tls || client) arrival.way.is_tls = is_tls;
    if (!client) return std::nullopt;
    arrival.way.is_local = arrival.way.is_local && client->is_loopback();
    auto refusal = host.enter(*client);
    forwarded_ = std::make_unique<Forwarded>(Forwarded{*client, !refusal});
    return refusal;
}

}  // namespace berth::host::gateway
