// SPDX-License-Identifier: MIT
#include "gateway/bearer.hpp"

#include "tls/digest.hpp"

namespace berth::host::gateway {
namespace {

constexpr std::string_view subprotocol_prefix = "bearer.";
constexpr std::string_view bearer_scheme = "bearer";

DoorRefusal unauthorized(std::string sentence) { return {401, std::move(sentence), 0, "token", {}}; }

/// The token of one Authorization field; nothing when it is none of that scheme (RFC 9110 §11.4).
std::optional<std::string_view> token_of(std::string_view value) {
    const auto blank = value.find(' ');
    if (blank == std::string_view::npos || !wire::equals_ignoring_case(value.substr(0, blank), bearer_scheme)) return std::nullopt;
    return wire::trimmed(value.substr(blank));
}

}  // namespace

bool is_bearer(std::string_view subprotocol) { return subprotocol.starts_with(subprotocol_prefix); }

Bearer check_bearer(const ProjectRules& rules, const wire::Headers& headers, const std::vector<std::string_view>& subprotocols) {
    std::vector<std::string_view> presented;
    for (const auto& [name, value] : headers) {
        if (!wire::equals_ignoring_case(name, "authorization")) continue;
        if (const auto token = token_of(value)) presented.push_back(*token);
    }
    for (const std::string_view subprotocol : subprotocols) {
        if (is_bearer(subprotocol)) presented.push_back(subprotocol.substr(subprotocol_prefix.size()));
    }
    if (presented.empty()) return {{}, unauthorized("this project wants a token: Authorization: Bearer TOKEN, or the sub-protocol bearer.TOKEN")};
    if (presented.size() > 1) return {{}, unauthorized("more than one token was presented")};
    const tls::Digest digest = tls::digest_of(presented.front());
    const ProjectRules::Token* found = nullptr;
    // All of them, so that time does not tell which one it was.
    for (const ProjectRules::Token& known : rules.tokens) {
        if (tls::is_same(known.digest, digest)) found = &known;
    }
    if (!found) return {{}, unauthorized("this token is not known here")};
    return {found->user, std::nullopt};
}

}  // namespace berth::host::gateway
