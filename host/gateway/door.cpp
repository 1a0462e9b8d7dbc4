// SPDX-License-Identifier: MIT
#include "gateway/door.hpp"

#include <algorithm>

#include "wire/http_head.hpp"

namespace berth::host::gateway {
namespace {

/// scheme://host[:port] in its parts; the port is empty when it was not written.
struct Place {
    std::string_view scheme, host, port;
};

/// host[:port]; an IPv6 address keeps its brackets.
void split_port(std::string_view authority, Place& place) {
    const auto bracket = authority.find(']');
    const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    place.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) place.port = authority.substr(colon + 1);
}

std::optional<Place> split_origin(std::string_view origin) {
    const auto colon = origin.find("://");
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    Place place;
    place.scheme = origin.substr(0, colon);
    const auto authority = origin.substr(colon + 3);
    // An origin has no path, no user and one host (RFC 6454 §6.2); whatever else comes is not one.
    if (authority.empty() || authority.find_first_of("/?#@\\ ,") != std::string_view::npos) return std::nullopt;
    split_port(authority, place);
    if (place.host.empty()) return std::nullopt;
    return place;
}

std::string_view port_or_default(const Place& place) {
    if (!place.port.empty()) return place.port;
    return wire::equals_ignoring_case(place.scheme, "https") || wire::equals_ignoring_case(place.scheme, "wss") ? "443" : "80";
}

bool same_host(const Place& origin, std::string_view host_header, bool ports_ignored, bool is_tls) {
    Place own;
    own.scheme = is_tls ? "https" : "http";
    split_port(host_header, own);
    if (!wire::equals_ignoring_case(origin.host, own.host)) return false;
    return ports_ignored || port_or_default(origin) == port_or_default(own);
}

/// One entry of the configured list against an origin.
bool matches(std::string_view entry, const Place& place) {
    if (entry.find("://") != std::string_view::npos) {
        const auto wanted = split_origin(entry);
        return wanted && wire::equals_ignoring_case(wanted->scheme, place.scheme) &&
               wire::equals_ignoring_case(wanted->host, place.host) && port_or_default(*wanted) == port_or_default(place);
    }
    if (entry.starts_with("*.")) {
        const auto suffix = entry.substr(1);  // With its dot, so that notexample.org is not under *.example.org.
        return place.host.size() > suffix.size() &&
               wire::equals_ignoring_case(place.host.substr(place.host.size() - suffix.size()), suffix);
    }
    Place wanted;
    split_port(entry, wanted);
    return wire::equals_ignoring_case(wanted.host, place.host) && (wanted.port.empty() || wanted.port == port_or_default(place));
}

/// Literally: a name that only begins like an address is somebody else's.
bool is_loopback_name(std::string_view name) {
    const bool is_ipv4 = name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string_view::npos;
    return is_ipv4 || wire::equals_ignoring_case(name, "localhost") || name == "[::1]";
}

/// Whether `hosts` of the project name that host.
bool is_listed(const ProjectRules& rules, const Place& host) {
    return std::any_of(rules.hosts.begin(), rules.hosts.end(),
                       [&](const std::string& name) { return wire::equals_ignoring_case(name, host.host); });
}

DoorRefusal for_now(std::string sentence, std::string_view rule, std::uint32_t retry_after_s) {
    return {503, std::move(sentence), std::max(retry_after_s, 1u), rule, {}};
}

}  // namespace

std::string_view name_of(ProjectState state) {
    switch (state) {
        case ProjectState::open: return "open";
        case ProjectState::blocked: return "blocked";
        case ProjectState::draining: return "draining";
        case ProjectState::starting: return "starting";
        case ProjectState::failed: return "failed";
        case ProjectState::stopped: return "stopped";
    }
    return "starting";
}

ProjectState project_state_of(std::string_view name) {
    for (const auto state : {ProjectState::open, ProjectState::blocked, ProjectState::draining, ProjectState::failed, ProjectState::stopped}) {
        if (name == name_of(state)) return state;
    }
    return ProjectState::starting;
}

std::optional<DoorRefusal> check_state(const ProjectRules& rules) {
    switch (rules.state) {
        case ProjectState::open: return std::nullopt;
        case ProjectState::blocked: return for_now("this project does not accept new clients at the moment", "blocked", rules.retry_after_s);
        case ProjectState::draining: return for_now("clients are sent away from here at the moment", "draining", rules.retry_after_s);
        case ProjectState::starting:
            if (rules.waits) return std::nullopt;
            return for_now("this project is starting", "starting", rules.retry_after_s);
        case ProjectState::failed: return for_now("this project is not available at the moment", "failed", rules.retry_after_s);
        case ProjectState::stopped: return for_now("this project is stopped", "stopped", rules.retry_after_s);
    }
    return std::nullopt;
}

std::optional<DoorRefusal> check_limits(const ProjectRules& rules, const HostRules& host, const Occupancy& occupancy) {
    if (occupancy.host >= host.connections) {
        DoorRefusal refusal = for_now("this host has as many connections as it may have", "host-connections", rules.retry_after_s);
        refusal.remedy = "raise [host.limits] connections, or find out who holds them: berth clients";
        return refusal;
    }
    if (occupancy.project >= rules.connections) {
        DoorRefusal refusal = for_now("this project has as many connections as it may have", "connections", rules.retry_after_s);
        refusal.remedy = "raise connections in [project." + rules.name + ".limits]";
        return refusal;
    }
    if (!occupancy.address_is_exempt && occupancy.project_address >= rules.connections_per_address) {
        return DoorRefusal{429, "too many connections from this address", std::max(rules.retry_after_s, 1u),
                           "connections-per-address",
                           "raise connections_per_address in [project." + rules.name + ".limits]"};
    }
    return std::nullopt;
}

std::optional<DoorRefusal> check_origin(const ProjectRules& rules, std::optional<std::string_view> origin,
                                        std::string_view host, bool is_local, std::optional<bool> is_tls) {
    if (!origin) return std::nullopt;
    if (std::find(rules.origins.begin(), rules.origins.end(), "*") != rules.origins.end()) return std::nullopt;
    const auto place = split_origin(*origin);
    Place own;
    split_port(host, own);
    // Anybody's name can be made to lead to this machine once a browser has its page: by name alone a page proves nothing here.
    const bool is_proof = !is_local || is_loopback_name(own.host) || is_listed(rules, own);
    bool is_rebound = false;
    const bool allowed = place && std::any_of(rules.origins.begin(), rules.origins.end(), [&](const std::string& entry) {
        if (entry != "same-host") return matches(entry, *place);
        const bool is_same = same_host(*place, host, is_local || !is_tls, is_tls.value_or(false));
        is_rebound = is_same && !is_proof;
        return is_same && is_proof;
    });
    if (allowed) return std::nullopt;
    if (is_rebound)
        return DoorRefusal{403, "pages of this origin may not connect", 0, "origin",
                           "if a proxy in front passes that name on, add \"" + std::string(own.host) + "\" to hosts in [project." + rules.name + "]"};
    std::string remedy = place ? "add \"" + std::string(place->host) + "\" to origins in [project." + rules.name + "]"
                               : "a page without a host of its own; \"*\" in origins would let everybody in";
    return DoorRefusal{403, "pages of this origin may not connect", 0, "origin", std::move(remedy)};
}

std::optional<DoorRefusal> check_host(const ProjectRules& rules, std::string_view host, bool is_local) {
    if (rules.hosts.empty()) return std::nullopt;
    Place place;
    split_port(host, place);
    if (is_listed(rules, place) || (is_local && is_loopback_name(place.host))) return std::nullopt;
    return DoorRefusal{421, "this project is not reached by that name", 0, "host",
                       "add \"" + std::string(place.host) + "\" to hosts in [project." + rules.name + "]"};
}

std::optional<DoorRefusal> check_user(const ProjectRules& rules, std::string_view user, std::size_t connections) {
    if (user.empty() || connections < rules.connections_per_user) return std::nullopt;
    return DoorRefusal{429, "this user has as many connections as it may have", std::max(rules.retry_after_s, 1u),
                       "connections-per-user", "raise connections_per_user in [project." + rules.name + ".limits]"};
}

Offer filter_subprotocols(const ProjectRules& rules, const std::vector<std::string_view>& offered) {
    if (rules.subprotocols.empty() || offered.empty()) return {offered, std::nullopt};
    Offer offer;
    std::copy_if(offered.begin(), offered.end(), std::back_inserter(offer.subprotocols), [&](std::string_view name) {
        return std::find(rules.subprotocols.begin(), rules.subprotocols.end(), name) != rules.subprotocols.end();
    });
    if (offer.subprotocols.empty()) {
        std::string spoken;
        for (const auto& name : rules.subprotocols) spoken += (spoken.empty() ? "" : ", ") + name;
        offer.refusal = DoorRefusal{400, "none of the sub-protocols offered is spoken here; spoken: " + spoken, 0, "subprotocol", {}};
    }
    return offer;
}

}  // namespace berth::host::gateway
