// SPDX-License-Identifier: MIT
/// Events and actions as flat records: a 24-byte header, then fields with lengths. Native byte order:
/// both ends are on one machine and from one build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "link/actions.hpp"
#include "link/events.hpp"
#include "link/slabs.hpp"

namespace berth::host::link {

enum class RecordType : std::uint16_t {
    opening = 1, opened, abandoned, message, closed, credit, resumed, parting, lost, subscribed, slabs, message_placed,
    admitted = 64, send, send_many, close, done, released, saved, parted,
    subscribe, unsubscribe, publish, send_placed
};

struct RecordHeader {
    std::uint32_t size = 0;  ///< of the whole record, header included
    std::uint16_t type = 0;
    std::uint8_t kind = 0;   ///< Kind, or Cause
    std::uint8_t reserved = 0;
    std::uint64_t client = 0;
    std::uint64_t number = 0;  ///< seq, bytes, status or code
};
static_assert(sizeof(RecordHeader) == 24);

/// The largest record: the largest message that may be configured, plus room for heads and ids.
inline constexpr std::size_t record_bytes_max = (16u << 20) + (1u << 20);

/// Appends events to a buffer, which the owner empties. `flush` does nothing here.
class EventEncoder : public EventSink {
public:
    void opening(const Opening& opening) override;
    void opened(ClientId client, std::string_view subprotocol) override;
    void abandoned(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) override;
    void message(ClientId client, std::uint64_t seq, Kind kind, std::string_view payload) override;
    void closed(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) override;
    void resumed(const Opening& opening, const Resumption& resumption) override;
    void subscribed(ClientId client, std::string_view topic) override;
    void parting(ClientId client) override;
    void lost(std::span<const ClientId> clients) override;
    void credit(ClientId client, std::uint64_t bytes) override;
    void flush() override {}

    /// A message whose payload lies in the lane's slabs.
    void message_placed(ClientId client, std::uint64_t seq, Kind kind, const Placed& place);
    /// The descriptors of the lane's slabs come along: the first record of a lane that has any.
    void slabs();

    std::string buffer;
};

/// Appends actions to a buffer, which the owner empties. A `send_many` to very many becomes several records.
class ActionEncoder : public ActionSink {
public:
    void admitted(ClientId client, const Admission& admission) override;
    void send(ClientId client, Kind kind, std::string_view payload) override;
    void send_many(std::span<const ClientId> clients, Kind kind, std::string_view payload) override;
    void subscribe(ClientId client, std::string_view topic) override;
    void unsubscribe(ClientId client, std::string_view topic) override;
    void publish(const Publication& publication) override;
    void close(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) override;
    void done(ClientId client, std::uint64_t seq) override;
    void saved(ClientId client, std::string_view state) override;
    void parted(ClientId client) override;
    void released(ClientId client) override;

    /// A message whose payload lies in the lane's slabs.
    void send_placed(ClientId client, Kind kind, const Placed& place);

    std::string buffer;
};

/// An opening as one flat text, to be kept for as long as its client may have to be told to another worker.
[[nodiscard]] std::string pack(const Opening& opening);
/// The views of the result are of `packed`, which must come from `pack`.
[[nodiscard]] Opening unpack(std::string_view packed);

/// Decodes the whole records at the front of `bytes` into the sink and answers how many bytes they took;
/// an error names what is wrong with a record (length, type, field) and means that the sender is broken.
/// `slabs`: where placed payloads lie, which are released after the call of the sink; null: there are none. Those of other
/// slabs are dropped. The text of an action is the sink's alone, so that it stays what was checked; the bytes of a buffer
/// may change during the call. Actions that the sink has no room for (ActionSink::has_enough) are not taken.
Result<std::size_t> decode_events(std::string_view bytes, EventSink& sink, Slabs* slabs = nullptr);
Result<std::size_t> decode_actions(std::string_view bytes, ActionSink& sink, Slabs* slabs = nullptr);

}  // namespace berth::host::link
