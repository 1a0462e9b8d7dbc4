// SPDX-License-Identifier: MIT
#include "gateway/luggage.hpp"

#include <utility>

#include "link/record.hpp"
#include "link/slot_table.hpp"

namespace berth::host::gateway {

void Luggage::unpack_in(link::EventSink& worker, std::span<const Subscription> subscriptions, const PendingEvents& pending,
                        std::uint64_t backlog) {
    const link::Opening facts = link::unpack(opening);
    worker.resumed(facts, {.subprotocol = subprotocol,
                           .state = state ? std::optional<std::string_view>(*state) : std::nullopt,
                           .is_interrupted = is_interrupted,
                           .backlog = backlog});
    is_resuming = true;
    for (const Subscription& subscription : subscriptions) worker.subscribed(facts.client, subscription.topic->name);
    pending.for_each_kept([&](std::uint64_t seq, const PendingEvents::Kept& event) {
        worker.message(facts.client, seq, event.kind, event.payload);
    });
}

bool Luggage::cut_off(const Interruption& cut, PendingEvents& pending, bool is_repeatable) {
    const bool is_resumption = cut.event == link::name_of(link::SlotEvent::resumed);
    if (cut.is_culprit) {
        is_interrupted = true;
        pending.drop_all();
        return is_resumption;
    }
    // The end of a context that has been left is no event of the client's, and what is done was only not unmarked yet.
    if (cut.event == link::name_of(link::SlotEvent::context_destroy)) return false;
    if (is_resumption ? !is_resuming : cut.seq != 0 && !pending.has(cut.seq)) return false;
    if (is_repeatable && cut.seq != 0 && repeated != cut.seq) {
        repeated = cut.seq;
        return false;
    }
    is_interrupted = true;
    std::ignore = pending.done(cut.seq);
    return is_resumption && std::exchange(was_cut_resuming, true);
}

}  // namespace berth::host::gateway
