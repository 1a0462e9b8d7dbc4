// SPDX-License-Identifier: MIT
#include "gateway/forwarded.hpp"

#include <algorithm>
#include <string_view>

namespace berth::host::gateway {

bool is_trusted(const std::vector<IpNetwork>& proxies, const transport::PeerAddress& address) {
    return std::any_of(proxies.begin(), proxies.end(),
                       [bytes = address.bytes()](const IpNetwork& network) { return network.contains(bytes); });
}

bool is_exempt(const HostRules& rules, const transport::PeerAddress& address) {
    return address.is_loopback() || is_trusted(rules.trusted_proxies, address);
}

std::optional<transport::PeerAddress> forwarded_client(const wire::Headers& headers, const std::vector<IpNetwork>& proxies) {
    std::optional<transport::PeerAddress> client;
    for (auto field = headers.rbegin(); field != headers.rend(); ++field) {
        if (!wire::equals_ignoring_case(field->name, "x-forwarded-for")) continue;
        // Every comma divides: a client's quotation mark must not hide what its proxy has added.
        for (std::string_view rest = field->value; !rest.empty();) {
            const std::size_t comma = rest.rfind(',');
            const std::string_view element = wire::trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
            if (element.empty()) continue;
            const auto address = transport::PeerAddress::parse(element);
            if (!address) return client;
            client = address;
            if (!is_trusted(proxies, *address)) return client;
        }
    }
    return client;
}

std::optional<bool> forwarded_tls(const wire::Headers& headers) {
    if (wire::count(headers, "x-forwarded-proto") != 1) return std::nullopt;
    const std::string_view scheme = *wire::find(headers, "x-forwarded-proto");
    if (wire::equals_ignoring_case(scheme, "https") || wire::equals_ignoring_case(scheme, "wss")) return true;
    if (wire::equals_ignoring_case(scheme, "http") || wire::equals_ignoring_case(scheme, "ws")) return false;
    return std::nullopt;
}

}  // namespace berth::host::gateway
