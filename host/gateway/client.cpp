// SPDX-License-Identifier: MIT
#include "gateway/client.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "gateway/retry_hint.hpp"
#include "wire/close_code.hpp"
#include "wire/handshake.hpp"

namespace berth::host::gateway {
namespace {

/// A peer that does not take this much is not read any further (TRANSPORT §8, rule 5).
constexpr std::size_t choke_bytes = 64u << 10;
/// Of a path in the log; a longer one is told by its beginning.
constexpr std::size_t logged_path_bytes = 128;

}  // namespace

Client::Client(ClientHost& host, transport::Connection& connection)
    : host_(host),
      connection_(connection),
      arrival_(std::make_unique<Arrival>(host.host_rules().head)),
      last_heard_(host.now()),
      last_message_(last_heard_),
      connected_at_ms_(wall_clock_ms()) {
    const HostRules& rules = host_.host_rules();
    start_timer(rules.head_time + (connection_.is_tls() ? rules.tls_handshake : Milliseconds(0)));
}

Milliseconds Client::idle() const { return std::chrono::duration_cast<Milliseconds>(host_.now() - last_message_); }

ClientFacts Client::facts() const {
    ClientFacts facts;
    facts.id = id_;
    facts.project = rules().name;
    facts.generation = generation_->number;
    facts.address = connection_.peer().text();
    facts.port = connection_.peer().port();
    facts.path = path_;
    facts.origin = origin_;
    facts.subprotocol = subprotocol_;
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

link::EventSink* Client::events() const {
    return generation_ && generation_->lane ? &generation_->lane->events() : nullptr;
}

// ---- arrival ------------------------------------------------------------------------------------------

void Client::on_head(std::string_view bytes) {
    if (state_ == State::waiting) {
        // RFC 6455 §4.1: the client waits for the answer before it sends anything.
        refuse({400, "bytes came before the handshake had ended", 0, "early-bytes", {}}, generation_->project);
        return;
    }
    if (state_ != State::head) return;
    wire::RequestReader& reader = arrival_->reader;
    const std::size_t used = reader.feed(bytes);
    if (reader.state() == wire::ReadState::reading) return;
    if (reader.state() == wire::ReadState::refused) {
        refuse({reader.error().status, std::string(reader.error().sentence), 0, "request", {}});
    } else if (used < bytes.size()) {
        refuse({400, "bytes came before the handshake had ended", 0, "early-bytes", {}});
    } else {
        arrive();
    }
}

void Client::arrive() {
    ProjectEntry* project = nullptr;
    auto verdict = judge(*arrival_, host_, connection_, project);
    if (auto* refusal = std::get_if<DoorRefusal>(&verdict)) {
        refuse(*refusal, project);
        return;
    }
    const auto current = project->generations.find(project->current);
    if (current == project->generations.end() || !current->second.lane || current->second.retiring) {
        refuse({503, "this project is starting", std::max(project->rules.retry_after_s, 1u), "starting", {}}, project);
        return;
    }
    if (current->second.is_behind) {
        refuse({503, "this project is behind with its work at the moment", std::max(project->rules.retry_after_s, 1u), "behind", {}},
               project);
        return;
    }
    announce(*project, current->second);
}

void Client::announce(ProjectEntry& project, GenerationEntry& generation) {
    user_ = arrival_->user;
    id_ = host_.admit(*this, generation);
    if (id_ == ClientId{}) {
        refuse({503, "this host has as many connections as it may have", 5, "ids", {}}, &project);
        return;
    }
    generation_ = &generation;
    const wire::Request& request = arrival_->reader.request();
    path_ = request.path;
    origin_ = arrival_->upgrade.origin.value_or(std::string_view{});
    parser_ = wire::FrameParser(wire::Role::server, {project.rules.message_bytes, project.rules.fragments});
    const std::string address = connection_.peer().text();
    const auto tls = connection_.tls_facts();
    events()->opening(opening_of(id_, *arrival_, connection_, tls, address, connected_at_ms_));
    state_ = State::waiting;
    start_timer(project.rules.connection_event);
}

void Client::admitted(const link::Admission& admission) {
    // Too late: the time limit or the peer itself has decided.
    if (state_ != State::waiting) return;
    if (admission.status != 0) {
        refuse({admission.status, std::string(admission.reason), admission.status == 503 ? retry_after_refused_s : 0, "project", {}},
               generation_->project, link::Cause::project);
        return;
    }
    const auto subprotocol = choose_subprotocol(*arrival_, rules(), admission.subprotocol);
    if (!subprotocol) {
        log::error("project chose a sub-protocol that was not offered", {{"project", rules().name}, {"client", id_}});
        refuse({500, "the project could not accept this client", 0, "sub-protocol", {}}, generation_->project,
               link::Cause::error);
        return;
    }
    subprotocol_ = *subprotocol;
    std::string response;
    wire::append_switching_protocols(response, arrival_->upgrade.key, subprotocol_);
    outbox_.push_raw(response);
    connection_.establish();
    arrival_.reset();
    state_ = State::open;
    ++figures().accepted;
    ++figures().clients;
    last_heard_ = last_message_ = host_.now();
    host_.established(connection_.peer());
    log::info("client connected", {{"project", rules().name},
                                   {"client", id_},
                                   {"path", path_.substr(0, logged_path_bytes)},
                                   {"address", connection_.peer().text()}});
    if (auto* to = events()) to->opened(id_, subprotocol_);
    want_flush();
    check_alive();
}

void Client::refuse(const DoorRefusal& refusal, ProjectEntry* project, link::Cause cause) {
    host_.count_refusal(project, refusal.rule);
    log_refusal(refusal, project);
    std::string response;
    wire::append_refusal(response, {refusal.status, refusal.sentence,
                                    refusal.retry_after_s == 0 ? std::nullopt : std::optional(refusal.retry_after_s)});
    if (state_ == State::waiting) tell_gone(wire::close_code::abnormal, cause, refusal.sentence);
    outbox_.push_raw(response);
    connection_.pause_reading();
    end();
}

void Client::log_refusal(const DoorRefusal& refusal, const ProjectEntry* project) const {
    std::vector<log::Field> fields{{"address", connection_.peer().text()}, {"status", refusal.status}, {"rule", refusal.rule}};
    if (project) fields.insert(fields.begin(), {"project", project->rules.name});
    if (generation_) fields.emplace_back("client", id_);
    // What was asked for, if that much was understood; never the query.
    if (const auto path = arrival_->reader.request().path; !path.empty()) fields.emplace_back("path", path.substr(0, logged_path_bytes));
    if (!refusal.remedy.empty()) fields.emplace_back("remedy", refusal.remedy);
    log::write(log::Level::info, "client refused", std::move(fields));
}

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
    const std::uint64_t seq = pending_.add(size);
    generation_->add_waiting(size);
    if (auto* to = events()) {
        to->message(id_, seq, message.kind == wire::MessageKind::text ? link::Kind::text : link::Kind::buffer, message.payload);
    }
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
    update_reading();
    return true;
}

void Client::send(link::Kind kind, std::string_view payload, MessageOf sender) {
    if (state_ != State::open) {
        if (sender == MessageOf::worker) give_credit(link::message_cost(payload.size()));
        return;
    }
    std::uint64_t freed = 0;
    const auto pushed = outbox_.push_message(kind == link::Kind::text ? wire::MessageKind::text : wire::MessageKind::buffer,
                                             payload, rules().backlog_bytes, rules().backlog_policy, sender, freed);
    give_credit(freed);
    if (pushed == Outbox::Push::full) {
        count_limit("backlog");
        close(wire::close_code::try_again_later, link::Cause::limit, "backlog full", retry_after_backlog_s);
        return;
    }
    if (pushed == Outbox::Push::dropped) {
        ++figures().dropped_out;
        return;
    }
    ++messages_out_;
    bytes_out_ += payload.size();
    ++figures().messages_out;
    figures().bytes_out += payload.size();
    last_message_ = host_.now();
    want_flush();
}

void Client::want_flush() {
    if (!dirty_) host_.mark_dirty(*this);
    dirty_ = true;
}

void Client::flush() {
    dirty_ = false;
    if (state_ == State::over) return;
    std::uint64_t freed = 0;
    while (!outbox_.is_empty()) {
        const auto waiting = outbox_.unwritten();
        const std::size_t size = waiting.size();
        const std::size_t n = connection_.write(waiting);
        freed += outbox_.wrote(n);
        if (n < size) break;
    }
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
    if (auto* to = events()) to->credit(id_, cost);
}

/// Whether the peer must not be read: the worker is behind, or the peer itself does not take its answers.
bool Client::is_choked() const {
    if (state_ != State::open) return false;
    return pending_.count() >= rules().inbox_events || pending_.bytes() >= rules().inbox_bytes ||
           outbox_.waiting_bytes() > choke_bytes || !generation_->lane || generation_->is_behind ||
           host_.now() < held_back_until_ || host_.is_out_of_memory();
}

void Client::update_reading() {
    if (state_ < State::open || state_ >= State::ending) return;
    const bool choked = is_choked();
    if (choked == connection_.is_reading_paused()) return;
    if (choked) {
        if (pending_.count() >= rules().inbox_events || pending_.bytes() >= rules().inbox_bytes) count_limit("inbox");
        connection_.pause_reading();
    } else {
        last_heard_ = host_.now();
        // It could not send the rest while nobody read.
        if (message_began_) message_began_ = host_.now();
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
    if (state_ == State::head || state_ == State::waiting) {
        if (state_ == State::waiting) tell_gone(code, cause, reason);
        refuse({503, "this host or project goes down; try again", std::max(retry_after_s, 1u), "closing", {}},
               generation_ ? generation_->project : nullptr);
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
    auto* to = events();
    if (state_ == State::waiting) {
        if (to) to->abandoned(id_, code, cause, reason);
        return;
    }
    --figures().clients;
    ++figures().closes[code];
    if (to) to->closed(id_, code, cause, reason);
    log::info("client disconnected", {{"project", rules().name}, {"client", id_}, {"code", code}, {"reason", reason}});
}

void Client::on_disconnected(transport::CloseReason reason) {
    if (reason == transport::CloseReason::handshake_timeout) count_limit("tls-handshake");
    if (reason == transport::CloseReason::blocked) count_limit("blocked-write");
    if (reason == transport::CloseReason::unacknowledged) count_limit("unacknowledged");
    if (state_ == State::waiting || state_ == State::open) {
        const bool by_limit = reason == transport::CloseReason::blocked || reason == transport::CloseReason::head_timeout;
        tell_gone(wire::close_code::abnormal, by_limit ? link::Cause::limit : link::Cause::network,
                  transport::name_of(reason));
    }
    stop();
    leave();
}

/// The client is gone; its socket may linger for the peer's FIN.
void Client::leave() {
    state_ = State::over;
    if (!generation_) return;
    host_.left(*this);
    generation_ = nullptr;
}

void Client::worker_lost() {
    if (state_ == State::waiting) {
        refuse({503, "this project is starting", 1, "starting", {}}, generation_->project);
    } else {
        update_reading();
    }
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
