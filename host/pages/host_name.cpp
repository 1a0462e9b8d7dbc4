// SPDX-License-Identifier: MIT
#include "pages/host_name.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace berth::host::pages {
namespace {

bool is_port(std::string_view text) {
    return text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_address(int family, std::string_view text) {
    in6_addr address{};
    return ::inet_pton(family, std::string(text).c_str(), &address) == 1;
}

bool is_same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

bool is_known_host(std::string_view value, const std::vector<std::string>& configured) {
    if (value.size() > 255) return false;
    if (value.starts_with('[')) {
        const auto end = value.find(']');
        if (end == std::string_view::npos) return false;
        const std::string_view rest = value.substr(end + 1);
        return is_address(AF_INET6, value.substr(1, end - 1)) &&
               (rest.empty() || (rest[0] == ':' && is_port(rest.substr(1))));
    }
    const auto colon = value.find(':');
    const std::string_view name = value.substr(0, colon);
    if (colon != std::string_view::npos && !is_port(value.substr(colon + 1))) return false;
    return is_address(AF_INET, name) || is_same_name(name, "localhost") ||
           std::any_of(configured.begin(), configured.end(),
                       [&](const auto& known) { return is_same_name(name, known); });
}

}  // namespace berth::host::pages
