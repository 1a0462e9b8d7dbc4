// SPDX-License-Identifier: MIT
// What becomes of a client whose worker ends before it does.
#include <utility>

#include "gateway/client.hpp"
#include "gateway/retry_hint.hpp"
#include "wire/close_code.hpp"

namespace berth::host::gateway {

void Client::worker_lost(const Interruption* running, bool is_repeatable) {
    if (state_ == State::waiting) {
        const bool may_ask_again = !running || (is_repeatable && !running->is_culprit && !std::exchange(arrival_->is_repeated, true));
        if (may_ask_again) return ask_again();
        const bool is_culprit = running->is_culprit;
        refuse({static_cast<std::uint16_t>(is_culprit ? 500 : 503), "the project could not decide about this client",
                is_culprit ? 0u : 1u, "worker-died", {}},
               generation_->project);
        return;
    }
    const bool is_given_up = running && luggage_ && luggage_->cut_off(*running, pending_, is_repeatable);
    if (is_given_up) luggage_.reset();
    if (running && running->is_culprit) {
        close(wire::close_code::internal_error, link::Cause::error, "an event of this client failed",
              retry_after_restart_s);
        return;
    }
    if (is_given_up) {
        close(wire::close_code::service_restart, link::Cause::redeploy, "restart", retry_after_restart_s);
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
    pending_.count_in(&next.inbox);
    tie_ = Tie::bound;
    if (!luggage_) return;  // It has gone; only its socket lingers.
    next.add_waiting(luggage_->held_bytes() + pending_.bytes());
    luggage_->unpack_in(*events(), subscriptions_, pending_, outbox_.credit());
    update_reading();
}

}  // namespace berth::host::gateway
