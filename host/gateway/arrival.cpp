// SPDX-License-Identifier: MIT
#include "gateway/arrival.hpp"

#include <algorithm>
#include <utility>

#include "gateway/bearer.hpp"
#include "gateway/client.hpp"
#include "gateway/forwarded.hpp"
#include "wire/uri.hpp"

namespace berth::host::gateway {

std::variant<ProjectEntry*, DoorRefusal> judge(Arrival& arrival, ClientHost& host, const transport::PeerAddress& peer,
                                               ProjectEntry*& known) {
    const wire::Request& request = arrival.reader.request();
    const auto refuse = [](std::uint16_t status, std::string_view sentence, std::string_view rule) {
        return DoorRefusal{status, std::string(sentence), 0, rule, {}};
    };
    auto upgrade = wire::read_upgrade(request);
    if (!upgrade) return refuse(upgrade.error().status, upgrade.error().sentence, "handshake");
    arrival.upgrade = std::move(*upgrade);
    if (const auto problem = wire::path_problem(request.path); !problem.empty()) return refuse(400, problem, "path");

    const auto name = wire::project_of(request.path);
    known = name ? host.find_project(*name) : nullptr;
    if (!known) return refuse(404, "there is no project at this path", "unknown-project");
    const ProjectRules& rules = known->rules;
    if (auto refusal = check_state(rules)) return std::move(*refusal);
    const auto refuse_offender = [](std::string_view sentence, Milliseconds left) {
        return DoorRefusal{429, std::string(sentence), static_cast<std::uint32_t>(left.count() / 1000 + 1), "offender", {}};
    };
    if (const auto left = host.shut_out(rules.name, peer); left.count() > 0) {
        return refuse_offender("clients of this address have broken this project", left);
    }
    const Occupancy occupancy{.host = host.connections_of_host(),
                              .project = known->occupants->count(),
                              .project_address = known->occupants->count_of(peer.key()),
                              .address_is_exempt = is_exempt(host.host_rules(), peer)};
    if (auto refusal = check_limits(rules, host.host_rules(), occupancy)) return std::move(*refusal);
    if (auto refusal = check_host(rules, request.host, arrival.way.is_local)) return std::move(*refusal);
    if (auto refusal = check_origin(rules, arrival.upgrade.origin, request.host, arrival.way.is_local, arrival.way.is_tls)) {
        return std::move(*refusal);
    }
    std::vector<std::string_view> offered = arrival.upgrade.subprotocols;
    if (rules.wants_token) {
        Bearer bearer = check_bearer(rules, request.headers, offered);
        if (bearer.refusal) return std::move(*bearer.refusal);
        if (const auto left = host.shut_out(rules.name, bearer.user); left.count() > 0) {
            return refuse_offender("clients of this user have broken this project", left);
        }
        if (auto refusal = check_user(rules, bearer.user, known->occupants->count_of_user(bearer.user))) return std::move(*refusal);
        arrival.user = std::move(bearer.user);
        arrival.hides_token = true;
        std::erase_if(offered, is_bearer);
    }
    Offer offer = filter_subprotocols(rules, offered);
    if (offer.refusal) return std::move(*offer.refusal);
    arrival.subprotocols = std::move(offer.subprotocols);
    return known;
}

namespace {

/// What the project sees of the request's fields: without the token that the host has checked.
void add_headers(link::Opening& opening, Arrival& arrival) {
    constexpr std::string_view subprotocols = "sec-websocket-protocol";
    const wire::Headers& headers = arrival.reader.request().headers;
    opening.headers.reserve(headers.size());
    bool is_shown = false;
    arrival.shown_subprotocols.clear();  // A newcomer may have to be asked about twice.
    for (const auto& [name, value] : headers) {
        if (!arrival.hides_token || (!wire::equals_ignoring_case(name, "authorization") && !wire::equals_ignoring_case(name, subprotocols))) {
            opening.headers.emplace_back(name, value);
        } else if (wire::equals_ignoring_case(name, subprotocols) && !std::exchange(is_shown, true)) {
            for (const std::string_view offered : wire::list_elements(headers, subprotocols)) {
                if (is_bearer(offered)) continue;
                arrival.shown_subprotocols += (arrival.shown_subprotocols.empty() ? "" : ", ") + std::string(offered);
            }
            if (!arrival.shown_subprotocols.empty()) opening.headers.emplace_back(name, arrival.shown_subprotocols);
        }
    }
}

}  // namespace

link::Opening opening_of(ClientId id, Arrival& arrival, const transport::TlsFacts& tls, std::string_view address,
                         std::uint16_t port, std::int64_t connected_at_ms) {
    const wire::Request& request = arrival.reader.request();
    link::Opening opening;
    opening.client = id;
    opening.address = address;
    opening.port = port;
    opening.path = request.path;
    opening.query = request.query;
    opening.origin = arrival.upgrade.origin.value_or(std::string_view{});
    opening.subprotocols = arrival.subprotocols;
    add_headers(opening, arrival);
    // A token that belongs to nobody in particular has been checked all the same.
    if (arrival.hides_token) opening.user = arrival.user.empty() ? std::string_view("bearer") : arrival.user;
    opening.tls_version = tls.version;
    opening.tls_cipher = tls.cipher;
    opening.tls_subject = tls.client_subject;
    opening.connected_at_ms = connected_at_ms;
    return opening;
}

std::optional<std::string_view> choose_subprotocol(const Arrival& arrival, const ProjectRules& rules,
                                                   std::string_view chosen) {
    const auto& offered = arrival.subprotocols;
    if (!chosen.empty()) {
        // Answered from the offer's own text, which is known to be a token.
        const auto found = std::find(offered.begin(), offered.end(), chosen);
        return found == offered.end() ? std::nullopt : std::optional(*found);
    }
    for (const auto& configured : rules.subprotocols) {
        const auto found = std::find(offered.begin(), offered.end(), configured);
        if (found != offered.end()) return *found;
    }
    return std::string_view{};
}

}  // namespace berth::host::gateway
