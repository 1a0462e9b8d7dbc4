// SPDX-License-Identifier: MIT
#include "gateway/client.hpp"

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "gateway/retry_hint.hpp"
#include "wire/close_code.hpp"

namespace berth::host::gateway {
namespace {

/// A peer that does not take this much is not read any further (TRANSPORT §8, rule 5).
constexpr std::size_t choke_bytes = 64u << 10;
/// Runs of bytes in one write.
constexpr std::size_t pieces_max = 64;

}  // namespace

Client::Client(ClientHost& host, transport::Connection& connection)
    : host_(host),
      connection_(connection),
      last_heard_(host.now()),
      last_message_(last_heard_),
      arrival_(std::make_unique<Arrival>(host.host_rules().head)),
      connected_at_ms_(wall_clock_ms()) {
    arrival_->way = {host_.is_loopback(connection_.listener()), connection_.is_tls()};
    // Over TLS the head's time begins when the handshake has ended, for which the transport gives time of its own.
    if (!connection_.is_tls()) start_timer(host_.host_rules().head_time);
}

void Client::on_handshaken() {
    if (state_ == State::head) start_timer(host_.host_rules().head_time);
}

Milliseconds Client::idle() const { return std::chrono::duration_cast<Milliseconds>(host_.now() - last_message_); }

ClientFacts Client::facts() const {
    ClientFacts facts;
    facts.id = id_;
    facts.project = rules().name;
    facts.generation = generation_->number;
    facts.address = address_.get().text();
    facts.port = address_.get().port();
    facts.path = texts_[its_path];
    facts.origin = texts_[its_origin];
    facts.subprotocol = texts_[its_subprotocol];
    if (connection_.is_tls()) {
        const auto tls = connection_.tls_facts();
        facts.tls = tls.version + " " + tls.cipher;
    }
    facts.connected_at_ms = connected_at_ms_;
    facts.idle_ms = std::max<std::int64_t>(idle().count(), 0);
    facts.messages_in = messages_in_;
    facts.bytes_in = bytes_in_;
    facts.messages_out = messages_out_;
    facts.bytes_out = bytes_out_;
    facts.backlog_bytes = outbox_.cost();
    facts.status = state_ == State::waiting ? "connecting" : state_ == State::open ? "open" : "closing";
    return facts;
}

link::EventSink* Client::lane_events() const {
    return generation_ && generation_->lane && tie_ != Tie::adrift ? &generation_->lane->events() : nullptr;
}

link::EventSink* Client::events() const { return tie_ == Tie::bound ? lane_events() : nullptr; }

// ---- messages -----------------------------------------------------------------------------------------

std::size_t Client::on_data(std::span<char> bytes) {
    last_heard_ = host_.now();
    if (state_ >= State::ending) return bytes.size();
    const std::size_t used = parser_.consume(bytes, *this);
    watch_message_time();
    update_reading();
    return used;
}

wire::Flow Client::message(const wire::Message& message) {
    if (state_ != State::open) return wire::Flow::go_on;  // After the close was settled (DECISIONS: closing).
    const auto size = message.payload.size();
    ++messages_in_;
    bytes_in_ += size;
    ++figures().messages_in;
    figures().bytes_in += size;
    last_message_ = host_.now();
    message_began_.reset();
    const auto kind = message.kind == wire::MessageKind::text ? link::Kind::text : link::Kind::buffer;
    const std::uint64_t seq = luggage_ ? pending_.keep(kind, message.payload) : pending_.add(size);
    if (auto* to = events()) {
        generation_->add_waiting(size);
        to->message(id_, seq, kind, message.payload);
    }
    // Nobody else adds a last message before it finds out: they are many.
    if (generation_->is_read && generation_->inbox.is_full()) generation_->look_at_reading();
    return !keeps_rate(size) || is_choked() ? wire::Flow::pause : wire::Flow::go_on;
}

wire::Flow Client::ping(std::string_view payload) {
    if (is_control_flood()) return wire::Flow::go_on;
    outbox_.push_pong(payload);
    want_flush();
    return is_choked() ? wire::Flow::pause : wire::Flow::go_on;
}

wire::Flow Client::pong(std::string_view /*payload*/) {
    static_cast<void>(is_control_flood());
    return wire::Flow::go_on;
}

bool Client::done(std::uint64_t seq) {
    if (!pending_.done(seq)) return false;
    if (luggage_) luggage_->note_resumed();
    // It only made room.
    if (connection_.is_reading_paused()) update_reading();
    return true;
}

void Client::saved(std::string_view state) {
    if (luggage_) luggage_->state = std::string(state);
}

void Client::send(EncodedMessage& message, MessageOf sender) {
    const std::size_t size = message.payload_bytes();
    if (state_ != State::open) {
        if (sender == MessageOf::worker) give_credit(link::message_cost(size));
        return;
    }
    std::uint64_t freed = 0;
    const auto pushed = outbox_.push_message(message, rules().backlog_bytes, rules().backlog_policy, sender, freed,
                                             compression_.get());
    give_credit(freed);
    if (pushed == Outbox::Push::full) return close_for_backlog();
    if (pushed == Outbox::Push::dropped) {
        ++figures().dropped_out;
        return;
    }
    ++messages_out_;
    bytes_out_ += size;
    ++figures().messages_out;
    figures().bytes_out += size;
    last_message_ = host_.now();
    want_flush();
}

void Client::subscribe(std::string_view topic) {
    // What the worker allows its project is what it was started with.
    if (state_ != State::open || subscriptions_.size() >= generation_->subscriptions_max) return;
    generation_->project->topics.subscribe(*this, subscriptions_, topic);
}

void Client::unsubscribe(std::string_view topic) {
    if (state_ == State::open) generation_->project->topics.unsubscribe(subscriptions_, topic);
}

void Client::want_flush() {
    if (!dirty_) host_.mark_dirty(*this);
    dirty_ = true;
}

void Client::flush() {
    dirty_ = false;
    if (state_ == State::over) return;
    std::uint64_t freed = 0;
    std::array<iovec, pieces_max> pieces;
    while (!outbox_.is_empty()) {
        const auto waiting = std::span(pieces).first(outbox_.unwritten(pieces));
        std::size_t size = 0;
        for (const iovec& piece : waiting) size += piece.iov_len;
        const std::size_t n = connection_.write(waiting);
        freed += outbox_.wrote(n);
        if (n < size) break;
    }
    if (!outbox_.is_empty()) outbox_.keep();
    give_credit(freed);
    if (state_ == State::ending && outbox_.is_empty()) {
        connection_.shutdown();
        leave();
        return;
    }
    update_reading();
}

void Client::give_credit(std::uint64_t cost) {
    if (cost == 0 || told_gone_) return;
    if (auto* to = lane_events()) to->credit(id_, cost);
}

/// Whether the peer must not be read: the worker is behind, or the peer itself does not take its answers.
bool Client::is_choked() const {
    if (state_ != State::open) return false;
    return pending_.count() >= rules().inbox_events || pending_.bytes() >= rules().inbox_bytes ||
           outbox_.waiting_bytes() > choke_bytes || events() == nullptr || !generation_->has_room() ||
           host_.now() < held_back_until_ || host_.is_out_of_memory() || (luggage_ && host_.is_shedding());
}

void Client::update_reading() {
    if (state_ < State::open || state_ >= State::ending) return;
    const bool choked = is_choked();
    if (choked == connection_.is_reading_paused()) return;
    if (choked) {
        if (pending_.count() >= rules().inbox_events || pending_.bytes() >= rules().inbox_bytes) count_limit("inbox");
        if (generation_->inbox.is_full()) count_limit("inbox-total");
        connection_.pause_reading();
    } else {
        last_heard_ = host_.now();
        // It could not send the rest while nobody read.
        if (message_began_) {
            message_began_ = host_.now();
            wake_by(*message_began_ + rules().message_time);
        }
        connection_.resume_reading();
    }
}

// ---- the end ------------------------------------------------------------------------------------------

void Client::closed(std::uint16_t code, std::string_view reason) {
    tell_gone(code, link::Cause::client, reason);
    // RFC 6455 §5.5.1: the answer echoes the code; where ours was queued first, it stands.
    const bool echoes = code == wire::close_code::no_status || wire::may_be_sent(code, wire::Role::server);
    outbox_.push_close(echoes ? code : wire::close_code::normal, echoes ? reason : std::string_view{});
    end();
}

void Client::close(std::uint16_t code, link::Cause cause, std::string_view reason, std::uint32_t retry_after_s) {
    if (state_ < State::open) {
        if (state_ == State::waiting) tell_gone(code, cause, reason);
        refuse({503, "this host or project goes down; try again", std::max(retry_after_s, 1u), "closing", {}},
               generation_ ? generation_->project : parked_at_);
        return;
    }
    if (state_ != State::open) return;
    tell_gone(code, cause, reason);
    outbox_.push_close(code, with_retry_hint(reason, retry_after_s));
    state_ = State::closing;
    start_timer(host_.host_rules().close);
    if (connection_.is_reading_paused()) connection_.resume_reading();
    want_flush();
}

/// Ends the connection once everything that waits is written, bounded in time.
void Client::end() {
    if (state_ >= State::ending) return;
    state_ = State::ending;
    start_timer(host_.host_rules().close);
    want_flush();
}

void Client::tell_gone(std::uint16_t code, link::Cause cause, std::string_view reason) {
    if (told_gone_) return;
    told_gone_ = true;
    generation_->project->topics.leave(subscriptions_);
    auto* to = events();
    if (state_ == State::waiting) {
        if (to) to->abandoned(id_, code, cause, reason);
        luggage_.reset();  // It never was a client: no other worker hears of it.
        return;
    }
    --figures().clients;
    ++figures().closes[code];
    if (to) to->closed(id_, code, cause, reason);
    if (luggage_) {
        generation_->departed.emplace(
            id_, Departed{std::move(luggage_), std::move(pending_), tie_, code, cause, std::string(reason)});
    } else if (to && pending_.count() != 0) {
        generation_->left_behind.emplace(id_, std::move(pending_));
    }
    log::info("client disconnected", {{"project", rules().name}, {"client", id_}, {"code", code}, {"reason", reason}});
}

void Client::on_disconnected(transport::CloseReason reason) {
    if (reason == transport::CloseReason::tls_flood) count_limit("tls-flood");
    if (reason == transport::CloseReason::handshake_timeout) count_limit("tls-handshake");
    if (reason == transport::CloseReason::blocked) count_limit("blocked-write");
    if (reason == transport::CloseReason::unacknowledged) count_limit("unacknowledged");
    if (state_ == State::waiting || state_ == State::open) {
        const bool by_limit = reason == transport::CloseReason::blocked || reason == transport::CloseReason::head_timeout ||
                              reason == transport::CloseReason::tls_flood;
        tell_gone(wire::close_code::abnormal, by_limit ? link::Cause::limit : link::Cause::network,
                  transport::name_of(reason));
    }
    stop();
    leave();
}

/// The client is gone; its socket may linger for the peer's FIN.
void Client::leave() {
    unpark();
    state_ = State::over;
    if (!generation_) return;
    host_.left(*this);
    pending_.count_in(nullptr);
    generation_ = nullptr;
}

// ---- time ---------------------------------------------------------------------------------------------

void Client::start_timer(Milliseconds after) { host_.wheel().start(*this, host_.now() + after); }

void Client::wake_by(TimePoint time) {
    if (!is_running() || time < due()) host_.wheel().start(*this, time);
}

void Client::on_timer() {
    switch (state_) {
        case State::head:
            refuse({408, "the request did not come in time", 0, "head-timeout", {}});
            return;
        case State::parked:
            refuse({503, "this project is starting", std::max(parked_at_->rules.retry_after_s, 1u), "starting", {}}, parked_at_);
            return;
        case State::waiting:
            log::warning("connection event took too long", {{"project", rules().name}, {"client", id_}});
            refuse({503, "the project did not answer in time", std::max(rules().retry_after_s, 1u), "connection-event", {}},
                   generation_->project);
            return;
        case State::open: check_alive(); return;
        case State::closing:
        case State::ending:
            count_limit("close");
            connection_.abort();
            leave();
            return;
        case State::over: return;
    }
}

}  // namespace berth::host::gateway
