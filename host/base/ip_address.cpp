// SPDX-License-Identifier: MIT
#include "base/ip_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace berth::host {

std::optional<std::string> canonical_ip_address(std::string_view text) {
    const std::string terminated(text);  // inet_pton wants an end, and a text that holds one is no address.
    if (terminated.find('\0') != std::string::npos) return std::nullopt;
    std::array<char, INET6_ADDRSTRLEN> written{};
    in6_addr v6{};
    in_addr v4{};
    if (::inet_pton(AF_INET6, terminated.c_str(), &v6) == 1) {
        if (!IN6_IS_ADDR_V4MAPPED(&v6)) return ::inet_ntop(AF_INET6, &v6, written.data(), written.size());
        std::memcpy(&v4, v6.s6_addr + 12, sizeof v4);
    } else if (::inet_pton(AF_INET, terminated.c_str(), &v4) != 1) {
        return std::nullopt;
    }
    return ::inet_ntop(AF_INET, &v4, written.data(), written.size());
}

}  // namespace berth::host
