// SPDX-License-Identifier: MIT
#include "gateway/luggage.hpp"

#include "link/record.hpp"

namespace berth::host::gateway {

void Luggage::unpack_in(link::EventSink& worker, const PendingEvents& pending, std::uint64_t backlog) {
    const link::Opening facts = link::unpack(opening);
    worker.resumed(facts, {.subprotocol = subprotocol,
                           .state = state ? std::optional<std::string_view>(*state) : std::nullopt,
                           .is_interrupted = is_interrupted,
                           .backlog = backlog});
    is_interrupted = false;
    pending.for_each_kept([&](std::uint64_t seq, const PendingEvents::Kept& event) {
        worker.message(facts.client, seq, event.kind, event.payload);
    });
}

}  // namespace berth::host::gateway
