// SPDX-License-Identifier: MIT
/// What a worker asks of the gateway.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/client_id.hpp"
#include "link/events.hpp"
#include "link/slabs.hpp"

namespace berth::host::link {

/// The worker's verdict on a client that asks to connect.
struct Admission {
    std::uint16_t status = 0;      ///< 0 accepts; otherwise the HTTP status of the refusal, 400 to 599
    std::string_view reason;       ///< body of the refusal
    std::string_view subprotocol;  ///< one of those offered, or empty
};

/// A message for all who have subscribed to a topic [borrowed: call].
struct Publication {
    std::string_view topic;
    Kind kind = Kind::text;
    std::string_view payload;
    ClientId except{};  ///< does not get it; 0: everybody does
};

/// The longest name of a topic; none is empty.
inline constexpr std::size_t topic_bytes_max = 256;

/// The largest state that a context may save.
inline constexpr std::size_t state_bytes_max = 64u << 10;

/// Calls for a client that has gone, or that is another project's, are dropped. An id of another lane, an answer
/// for another generation's client, and whatever cannot be sent are violations, which end the worker.
class ActionSink {
public:
    virtual ~ActionSink() = default;

    virtual void admitted(ClientId client, const Admission& admission) = 0;
    virtual void send(ClientId client, Kind kind, std::string_view payload) = 0;
    /// One message to many clients of this lane; `clients` are in ascending order, each once [borrowed: call].
    virtual void send_many(std::span<const ClientId> clients, Kind kind, std::string_view payload) = 0;
    /// From now on the client gets what is published under that name, until it goes.
    virtual void subscribe(ClientId client, std::string_view topic) = 0;
    virtual void unsubscribe(ClientId client, std::string_view topic) = 0;
    /// To the subscribers of this lane, of every generation of the project; costs no credit.
    virtual void publish(const Publication& publication) = 0;
    /// Closes after what was sent before; `cause` is project, limit or error.
    virtual void close(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) = 0;
    /// The event `seq` of this client, and all before it, have been handled; 0: its EventSink::resumed.
    virtual void done(ClientId client, std::uint64_t seq) = 0;
    /// What the client's context is to be given if it goes on in another worker; replaces what was saved before.
    /// At most state_bytes_max.
    virtual void saved(ClientId client, std::string_view state) = 0;
    /// The answer to EventSink::parting: nothing of the client is left here; its slot may be used again.
    virtual void parted(ClientId client) = 0;
    /// The client's disconnection has been handled, or none was due: its slot may be used again.
    virtual void released(ClientId client) = 0;

    /// Asked before each action: whether it is to be kept for later, with all that follow.
    [[nodiscard]] virtual bool has_enough() const { return false; }
};

/// The worker's end of its lanes. [any thread]; nothing but `settle` blocks. Actions submitted by one thread keep
/// their order within a lane.
class ActionPort {
public:
    virtual ~ActionPort() = default;
    [[nodiscard]] virtual std::size_t lanes() const = 0;
    /// Hands over whole encoded records (ActionEncoder) for one lane; copied before it returns.
    virtual void submit(std::size_t lane, std::string_view records) = 0;
    /// As `submit`; the port may take the buffer itself instead of a copy. Afterwards it is empty, or is another, empty one.
    virtual void submit_buffer(std::size_t lane, std::string& records) {
        submit(lane, records);
        records.clear();
    }
    /// Copies a payload to where the gateway finds it by a record of it (ActionEncoder::send_placed), which must be submitted
    /// for this lane; nothing: it travels in the record.
    [[nodiscard]] virtual std::optional<Placed> place(std::size_t /*lane*/, std::string_view /*payload*/) { return std::nullopt; }
    /// Returns when what was submitted for the lane is out of this process, whose death loses it no more; or when the
    /// gateway has gone, or has not taken it for a second. Where it is called by the thread that reads the gateway's events,
    /// which may wait for that, such a second is not waited out again before the gateway has read.
    virtual void settle(std::size_t /*lane*/) {}
    /// Bytes submitted for the lane that are still in this process.
    [[nodiscard]] virtual std::size_t waiting_bytes(std::size_t /*lane*/) const { return 0; }
};

/// What a message counts against its client's backlog: its payload, and a share for its frame, so that empty
/// messages are not free. `send` takes it from the credit; EventSink::credit gives it back.
constexpr std::uint64_t message_cost(std::size_t payload_bytes) { return payload_bytes + 16; }

/// The lane that a client belongs to.
constexpr std::size_t lane_of(ClientId client) { return parts_of(client).thread; }

}  // namespace berth::host::link
