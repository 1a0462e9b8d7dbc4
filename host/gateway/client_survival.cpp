// SPDX-License-Identifier: MIT
// What becomes of a client whose worker ends before it does.
#include "gateway/client.hpp"
#include "gateway/retry_hint.hpp"
#include "link/slot_table.hpp"
#include "wire/close_code.hpp"

namespace berth::host::gateway {

void Client::worker_lost(const Interruption* running, bool is_repeatable) {
    if (state_ == State::waiting) {
        if (!running || (is_repeatable && !running->is_culprit)) return ask_again();
        const bool is_culprit = running->is_culprit;
        refuse({static_cast<std::uint16_t>(is_culprit ? 500 : 503), "the project could not decide about this client",
                is_culprit ? 0u : 1u, "worker-died", {}},
               generation_->project);
        return;
    }
    // The end of a context that has been left is no event of the client's, and one that is done was only not unmarked yet.
    const bool is_over = running && !running->is_culprit &&
                         (running->event == link::name_of(link::SlotEvent::context_destroy) ||
                          (running->seq != 0 && !pending_.has(running->seq)));
    if (running && luggage_ && !is_over) {
        const bool is_repeated = is_repeatable && running->seq != 0 && !running->is_culprit;
        luggage_->is_interrupted = !is_repeated;
        if (running->is_culprit) {
            pending_.drop_all();
        } else if (!is_repeated) {
            std::ignore = pending_.done(running->seq);
        }
        // Whoever cannot even be resumed is not tried again.
        if (running->is_culprit && running->event == link::name_of(link::SlotEvent::resumed)) luggage_.reset();
    }
    if (running && running->is_culprit) {
        close(wire::close_code::internal_error, link::Cause::error, "an event of this client failed",
              retry_after_restart_s);
        return;
    }
    tie_ = Tie::adrift;
    update_reading();
}

void Client::part() {
    if (state_ != State::open || !luggage_ || !events()) return;
    events()->parting(id_);
    tie_ = Tie::parting;
    update_reading();
}

void Client::go_on_in(GenerationEntry& next) {
    generation_ = &next;
    tie_ = Tie::bound;
    if (!luggage_) return;  // It has gone; only its socket lingers.
    next.add_waiting(pending_.bytes());
    luggage_->unpack_in(*events(), pending_, outbox_.cost());
    update_reading();
}

}  // namespace berth::host::gateway
