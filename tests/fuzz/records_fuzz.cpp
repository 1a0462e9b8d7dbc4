// SPDX-License-Identifier: MIT
/// What the other end of a link sends: whole records decode to calls, and the same calls come from what those
/// encode to.
#include <array>

#include "fuzz/target.hpp"
#include "link/record.hpp"

namespace berth::fuzz {

namespace {

using namespace berth::host;
using namespace berth::host::link;

template <class Encoder, class Decode>
void check(std::string_view bytes, Decode decode) {
    Encoder first;
    const auto used = decode(bytes, first);
    promise(!used || *used <= bytes.size(), "no more is used than given");
    promise(used || !used.error().message.empty(), "an error has a sentence");

    Encoder second;
    const auto again = decode(first.buffer, second);
    promise(again && *again == first.buffer.size(), "what was decoded encodes to whole records");
    promise(second.buffer == first.buffer, "and these decode to the same calls");

    if (!used) return;
    Encoder cut;
    const auto part = decode(bytes.substr(0, bytes.size() / 2), cut);
    promise(static_cast<bool>(part), "half of good bytes is not wrong");
    const auto rest = decode(bytes.substr(*part), cut);
    promise(rest && *part + *rest == *used && cut.buffer == first.buffer,
            "cut in two, the calls are the same");
}

}  // namespace

std::vector<std::string> seeds() {
    const ClientId client{0x0102030405060708u};
    EventEncoder events;
    Opening opening;
    opening.client = client;
    opening.address = "127.0.0.1";
    opening.port = 40000;
    opening.path = "/chat";
    opening.query = "a=b";
    opening.subprotocols = {"chat.v1", "chat.v2"};
    opening.headers = {{"Host", "h"}, {"Cookie", "a=b"}};
    events.opening(opening);
    events.opened(client, "chat.v1");
    events.message(client, 1, Kind::text, "hello");
    events.credit(client, 5);
    events.subscribed(client, "news");
    events.closed(client, 1000, Cause::client, "bye");
    events.abandoned(client, 1006, Cause::network, "");

    ActionEncoder actions;
    const std::array<ClientId, 3> clients = {ClientId{2}, ClientId{3}, client};
    actions.admitted(client, {.status = 403, .reason = "no", .subprotocol = ""});
    actions.send(client, Kind::buffer, "bytes");
    actions.send_many(clients, Kind::text, "to all");
    actions.subscribe(client, "news");
    actions.unsubscribe(client, "news");
    actions.publish({.topic = "news", .kind = Kind::text, .payload = "to those", .except = client});
    actions.close(client, 4000, Cause::project, "enough");
    actions.done(client, 1);
    actions.released(client);
    return {events.buffer, actions.buffer};
}

}  // namespace berth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth::host::link;
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    berth::fuzz::check<EventEncoder>(
        bytes, [](std::string_view b, EventSink& sink) { return decode_events(b, sink); });
    berth::fuzz::check<ActionEncoder>(
        bytes, [](std::string_view b, ActionSink& sink) { return decode_actions(b, sink); });
    return 0;
}
