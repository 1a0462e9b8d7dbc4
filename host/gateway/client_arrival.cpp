// SPDX-License-Identifier: MIT
// The newcomer's part of a client: from its request to the 101, or to a refusal.
#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "gateway/client.hpp"
#include "gateway/retry_hint.hpp"
#include "link/record.hpp"
#include "wire/close_code.hpp"
#include "wire/handshake.hpp"

namespace berth::host::gateway {
namespace {

/// Of a path in the log; a longer one is told by its beginning.
constexpr std::size_t logged_path_bytes = 128;
/// Read in a turn of the loop of whoever may compress: blocks of a few bytes that stand for nothing take a hundred times
/// as long to inflate as others take to read, and many clients may send them at once.
constexpr std::size_t compressed_read_bytes_max = 16u << 10;

}  // namespace

void Client::on_head(std::string_view bytes) {
    if (state_ == State::waiting || state_ == State::parked) {
        // RFC 6455 §4.1: the client waits for the answer before it sends anything.
        refuse({400, "bytes came before the handshake had ended", 0, "early-bytes", {}},
               generation_ ? generation_->project : parked_at_);
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
    } else if (const auto refusal = address_.look_behind_proxy(*arrival_, host_)) {
        refuse(*refusal);
    } else {
        arrive();
    }
}

void Client::arrive() {
    unpark();
    ProjectEntry* project = nullptr;
    auto verdict = judge(*arrival_, host_, address_.get(), project);
    if (auto* refusal = std::get_if<DoorRefusal>(&verdict)) {
        refuse(*refusal, project);
        return;
    }
    const auto current = project->generations.find(project->current);
    if (current == project->generations.end() || !current->second.lane || current->second.retiring) {
        const bool is_restarted = project->rules.waits || project->rules.state == ProjectState::open;
        if (is_restarted && host_.park(*this, *project)) {
            parked_at_ = project;
            state_ = State::parked;
            start_timer(project->rules.connection_event);
            return;
        }
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

void Client::unpark() {
    if (parked_at_) parked_at_->parked.erase(this);
    parked_at_ = nullptr;
    if (state_ == State::parked) state_ = State::head;
}

/// The worker that was to decide died before it began to: the next one is asked.
void Client::ask_again() {
    host_.left(*this);
    pending_.count_in(nullptr);
    generation_ = nullptr;
    id_ = ClientId{};
    luggage_.reset();
    state_ = State::head;
    arrive();
}

void Client::announce(ProjectEntry& project, GenerationEntry& generation) {
    keep_texts({});
    id_ = host_.admit(*this, generation);
    if (id_ == ClientId{}) {
        refuse({503, "this host has as many connections as it may have", 5, "ids", {}}, &project);
        return;
    }
    generation_ = &generation;
    pending_.count_in(&generation.inbox);
    const std::string address = address_.get().text();
    const auto tls = connection_.tls_facts();
    const link::Opening opening = opening_of(id_, *arrival_, tls, address, address_.get().port(), connected_at_ms_);
    if (generation.survives()) {
        luggage_ = std::make_unique<Luggage>();
        luggage_->opening = link::pack(opening);
    }
    events()->opening(opening);
    state_ = State::waiting;
    start_timer(project.rules.connection_event);
}

/// The arrival goes when the handshake has ended.
void Client::keep_texts(std::string_view subprotocol) {
    const std::array<std::string_view, 4> texts{arrival_->reader.request().path,
                                                arrival_->upgrade.origin.value_or(std::string_view{}), arrival_->user, subprotocol};
    texts_ = PackedTexts(texts);
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
    keep_texts(*subprotocol);
    const std::string extensions = agree_on_compression();
    parser_ = wire::FrameParser(wire::Role::server, {rules().message_bytes, rules().fragments},
                                compression_ ? &compression_->inflater() : nullptr);
    std::string response;
    wire::append_switching_protocols(response, arrival_->upgrade.key, texts_[its_subprotocol], extensions);
    outbox_.push_raw(response);
    connection_.establish();
    arrival_.reset();
    state_ = State::open;
    ++figures().accepted;
    ++figures().clients;
    last_heard_ = last_message_ = host_.now();
    host_.established(*this);
    log::info("client connected", {{"project", rules().name},
                                   {"client", id_},
                                   {"path", texts_[its_path].substr(0, logged_path_bytes)},
                                   {"address", address_.get().text()}});
    if (auto* to = events()) to->opened(id_, texts_[its_subprotocol]);
    if (luggage_) luggage_->subprotocol = texts_[its_subprotocol];
    want_flush();
    check_alive();
    if (generation_->hands_over) part();
}

/// Answers what the response says of extensions.
std::string Client::agree_on_compression() {
    if (!rules().compression.is_enabled) return {};
    auto agreement = wire::accept_deflate(arrival_->upgrade.extensions, rules().compression.wish);
    if (!agreement) return {};
    compression_ = std::make_unique<ClientCompression>(host_.compressor(), agreement->parameters, rules().compression);
    connection_.limit_reading(compressed_read_bytes_max);
    return std::move(agreement->answer);
}

void Client::refuse(const DoorRefusal& refusal, ProjectEntry* project, link::Cause cause) {
    unpark();
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
    std::vector<log::Field> fields{{"address", address_.get().text()}, {"status", refusal.status}, {"rule", refusal.rule}};
    if (project) fields.insert(fields.begin(), {"project", project->rules.name});
    if (generation_) fields.emplace_back("client", id_);
    // What was asked for, if that much was understood; never the query.
    if (const auto path = arrival_->reader.request().path; !path.empty()) fields.emplace_back("path", path.substr(0, logged_path_bytes));
    if (!refusal.remedy.empty()) fields.emplace_back("remedy", refusal.remedy);
    log::write(log::Level::info, "client refused", std::move(fields));
}

}  // namespace berth::host::gateway
