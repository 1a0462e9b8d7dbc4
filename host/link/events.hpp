// SPDX-License-Identifier: MIT
/// What the gateway tells a worker about its clients.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/client_id.hpp"

namespace berth::host::link {

/// Kinds of a message's payload.
enum class Kind : std::uint8_t { text = 1, buffer = 2 };

/// A client's request, all text [borrowed: call].
struct Opening {
    ClientId client{};
    std::string_view address;  ///< numeric
    std::uint16_t port = 0;
    std::string_view path;    ///< as sent, without query
    std::string_view query;   ///< without '?', as sent
    std::string_view origin;
    std::vector<std::string_view> subprotocols;                              ///< offered, in order
    std::vector<std::pair<std::string_view, std::string_view>> headers;      ///< in order, repeats kept
    std::string_view tls_version;  ///< empty: not encrypted
    std::string_view tls_cipher;
    std::string_view tls_subject;
    std::string_view user;  ///< verified by a token check; empty: none
    std::int64_t connected_at_ms = 0;
};

/// What a client brings along to the next worker of its project [borrowed: call].
struct Resumption {
    std::string_view subprotocol;           ///< empty: none
    std::optional<std::string_view> state;  ///< what its context saved last; nothing: it saved nothing
    bool is_interrupted = false;  ///< an event of it was running when its worker died, and will not be run again
    std::uint64_t backlog = 0;    ///< message_cost of what was sent to it and waits for its socket
};

/// Why a client went. Values are those of BERTH_BY_... in berth.h.
enum class Cause : std::uint8_t {
    client = 1, project, administrator, limit, network, redeploy, stop, error
};

/// The order of calls for one client:
///   opening - (abandoned | opened - (message | credit)* - (closed | parting))
///   resumed - subscribed* - (message | credit)* - (closed | parting)
/// `abandoned`, `closed` and `parting` are last. `abandoned` says that the handshake did not end in a connection
/// (time-out, refusal, or the peer vanished); when the worker had accepted already, it owes the project a
/// disconnection with the code and cause given. Calls for one client come in order from one thread; calls
/// for clients of different lanes may come at once.
class EventSink {
public:
    virtual ~EventSink() = default;

    virtual void opening(const Opening& opening) = 0;
    /// The client is connected, with the sub-protocol chosen (empty: none).
    virtual void opened(ClientId client, std::string_view subprotocol) = 0;
    virtual void abandoned(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) = 0;
    /// One whole message; text is valid UTF-8. `seq` counts this client's events from 1 and is
    /// acknowledged by ActionSink::done.
    virtual void message(ClientId client, std::uint64_t seq, Kind kind, std::string_view payload) = 0;
    virtual void closed(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) = 0;
    /// A client that another worker of the project has accepted goes on here, without a connection event. Messages
    /// that were not done there follow with their numbers.
    virtual void resumed(const Opening& opening, const Resumption& resumption) = 0;
    /// What that client had subscribed to with another worker still holds.
    virtual void subscribed(ClientId client, std::string_view topic) = 0;
    /// The client goes on in another worker: when what came before is done, its context ends without a
    /// disconnection, and ActionSink::parted answers.
    virtual void parting(ClientId client) = 0;
    /// Clients of this lane that the death of an earlier worker took along without a disconnection. Said at most once
    /// a worker and lane, before anything else.
    virtual void lost(std::span<const ClientId> clients) = 0;
    /// Messages of this client that cost `bytes` (message_cost) have left the outbox, or were dropped.
    virtual void credit(ClientId client, std::uint64_t bytes) = 0;
    /// Everything of one turn of the gateway's loop has been said: a good moment to wake executors.
    virtual void flush() = 0;
};

}  // namespace berth::host::link
