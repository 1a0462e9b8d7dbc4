// SPDX-License-Identifier: MIT
/// What the gateway counts and lists, for people and scrapers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/client_id.hpp"
#include "base/clock.hpp"

namespace berth::host::gateway {

/// Ever-increasing counts of one project on one I/O thread.
struct ProjectFigures {
    std::uint64_t clients = 0;  ///< connected now
    std::uint64_t accepted = 0;
    std::uint64_t messages_in = 0, bytes_in = 0, messages_out = 0, bytes_out = 0;
    std::uint64_t dropped_out = 0;  ///< messages that a full outbox did not take
    std::uint64_t backlog_bytes = 0;  ///< waiting now, for all clients together
    std::uint64_t inbox_bytes = 0;    ///< of messages that wait for handlers now, with what each costs beside its bytes
    std::map<std::string, std::uint64_t> refused;      ///< by rule
    std::map<std::uint16_t, std::uint64_t> closes;     ///< by close code
    std::map<std::string, std::uint64_t> limit_hits;   ///< by limit: how often it ended a client or held it back

    void add(const ProjectFigures& other);
};

/// Of the whole gateway.
struct GatewayFigures {
    std::uint64_t connections = 0;  ///< sockets open now, handshakes included
    std::map<std::string, std::uint64_t> refused;  ///< before a project was known, by rule
    std::map<std::string, std::uint64_t> limit_hits;  ///< by limit: how often it ended a connection without a project
    std::uint64_t memory_bytes = 0;  ///< held for clients now
    std::uint64_t memory_limit_bytes = 0;  ///< 0: none
    std::map<std::string, ProjectFigures> projects;

    void add(const GatewayFigures& other);
};

/// One client as the administrator sees it (SEMANTICS: the client's facts).
struct ClientFacts {
    ClientId id{};
    std::string project;
    std::uint64_t generation = 0;
    std::string address;
    std::uint16_t port = 0;
    std::string path;
    std::string origin;
    std::string subprotocol;
    std::string tls;  ///< version and cipher; empty: not encrypted
    std::int64_t connected_at_ms = 0;
    std::int64_t idle_ms = 0;
    std::uint64_t messages_in = 0, bytes_in = 0, messages_out = 0, bytes_out = 0;
    std::uint64_t backlog_bytes = 0;
    std::string status;  ///< "connecting" "open" "closing"
};

/// Which clients are meant; empty members match everyone.
struct ClientFilter {
    std::string project{};
    std::string address{};
    ClientId client{};  ///< 0: any
    Milliseconds idle_at_least{0};
    ClientId after{};  ///< only larger ids, for pages
    std::size_t limit = 1000;
};

/// A page of clients in the order of their ids, and how many match in all.
struct ClientPage {
    std::vector<ClientFacts> clients;
    std::uint64_t total = 0;
};

}  // namespace berth::host::gateway
