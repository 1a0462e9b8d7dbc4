// SPDX-License-Identifier: MIT
#include "gateway/generation_actions.hpp"

#include "gateway/client.hpp"
#include "link/record.hpp"
#include "wire/close_code.hpp"
#include "wire/utf8.hpp"

namespace berth::host::gateway {

Result<std::size_t> GenerationActions::on_actions(std::string_view records, link::Slabs* slabs) {
    if (broken_) return records.size();
    auto used = link::decode_actions(records, *this, slabs);
    host_.check_retired(generation_);
    return used;
}

void GenerationActions::begin_turn(bool is_last) {
    deliveries_ = 0;
    is_last_ = is_last;
}

bool GenerationActions::may_deliver(std::size_t clients) {
    constexpr std::size_t turns_after_the_end = 10;
    if (is_last_ && deliveries_ >= turns_after_the_end * deliveries_max) return false;
    deliveries_ += 1 + clients;
    return true;
}

void GenerationActions::on_violation(const std::string& what) {
    if (broken_) return;
    broken_ = true;
    host_.report_violation(generation_, what);
}

Client* GenerationActions::client_of_project(ClientId id) {
    if (broken_) return nullptr;
    // Its project may hold an id from before a restart of the gateway, or make one up: a worker can check its lane alone.
    if (!host_.is_on_own_lane(id)) {
        on_violation("it named client " + std::to_string(value_of(id)) + " on the lane of another I/O thread");
        return nullptr;
    }
    Client* client = host_.find_client(id);
    if (!client) return nullptr;
    // A project may hold the id of another project's client: it reaches nobody, and it is not the worker's fault,
    // which cannot know the clients of the other generations of its own.
    const bool is_ours = client->generation() && client->generation()->project == generation_.project;
    return is_ours ? client : nullptr;
}

Client* GenerationActions::client_of_generation(ClientId id) {
    Client* client = client_of_project(id);
    if (client && client->generation() != &generation_) {
        on_violation("it answered for client " + std::to_string(value_of(id)) + " of another generation");
        return nullptr;
    }
    return client;
}

MessageOf GenerationActions::sender_to(const Client& client) const {
    return client.generation() == &generation_ ? MessageOf::worker : MessageOf::other_worker;
}

void GenerationActions::admitted(ClientId id, const link::Admission& admission) {
    if (Client* client = client_of_generation(id)) client->admitted(admission);
}

void GenerationActions::send(ClientId id, link::Kind kind, std::string_view payload) {
    Client* client = client_of_project(id);
    if (!client) return;
    // A worker checks what its project sends; the client must not pay for one that does not.
    if (kind == link::Kind::text && !wire::is_valid_utf8(payload)) {
        on_violation("it sent text that is not UTF-8");
        return;
    }
    EncodedMessage message(host_.frames(), kind, payload, EncodedMessage::For::one);
    client->send(message, sender_to(*client));
}

void GenerationActions::send_many(std::span<const ClientId> ids, link::Kind kind, std::string_view payload) {
    if (broken_) return;
    if (kind == link::Kind::text && !wire::is_valid_utf8(payload)) {
        on_violation("it sent text that is not UTF-8");
        return;
    }
    if (!may_deliver(ids.size())) return;
    EncodedMessage message(host_.frames(), kind, payload, EncodedMessage::For::many);
    for (const ClientId id : ids) {
        if (Client* client = client_of_project(id)) client->send(message, sender_to(*client));
    }
}

Client* GenerationActions::subscriber(ClientId id, std::string_view topic) {
    if (!broken_ && !wire::is_valid_utf8(topic)) on_violation("it named a topic that is not UTF-8");
    Client* client = client_of_project(id);
    return client && client->generation() == &generation_ ? client : nullptr;
}

void GenerationActions::subscribe(ClientId id, std::string_view topic) {
    if (Client* client = subscriber(id, topic)) client->subscribe(topic);
}

void GenerationActions::unsubscribe(ClientId id, std::string_view topic) {
    if (Client* client = subscriber(id, topic)) client->unsubscribe(topic);
}

void GenerationActions::publish(const link::Publication& publication) {
    if (broken_) return;
    if (publication.kind == link::Kind::text && !wire::is_valid_utf8(publication.payload)) {
        on_violation("it published text that is not UTF-8");
        return;
    }
    if (!may_deliver(generation_.project->topics.subscribers(publication.topic))) return;
    EncodedMessage message(host_.frames(), publication.kind, publication.payload, EncodedMessage::For::many);
    generation_.project->topics.for_each(publication.topic, [&](Client& client) {
        if (client.id() != publication.except) client.send(message, MessageOf::topic);
    });
}

void GenerationActions::close(ClientId id, std::uint16_t code, link::Cause cause, std::string_view reason) {
    if (!wire::may_be_sent(code, wire::Role::server) || !wire::is_valid_utf8(reason)) {
        on_violation("it closed a client with code " + std::to_string(code) + ", or with a reason that is not UTF-8");
        return;
    }
    if (cause != link::Cause::project && cause != link::Cause::limit && cause != link::Cause::error) {
        on_violation("it closed a client in the name of another: cause " + std::to_string(static_cast<unsigned>(cause)));
        return;
    }
    Client* const client = client_of_project(id);
    if (!client) return;
    // A worker ends clients of its own accord for their backlog alone; everything else is its project's word.
    if (cause == link::Cause::limit) return client->close_for_backlog();
    client->close(code, cause, reason);
}

Departed* GenerationActions::departed(ClientId id) {
    const auto found = generation_.departed.find(id);
    return found == generation_.departed.end() ? nullptr : &found->second;
}

void GenerationActions::done(ClientId id, std::uint64_t seq) {
    bool was_given = true;
    if (Departed* gone = broken_ ? nullptr : departed(id)) {
        was_given = gone->pending.done(seq);
        gone->luggage->note_resumed();
    } else if (const auto left = generation_.left_behind.find(id); left != generation_.left_behind.end()) {
        was_given = broken_ || left->second.done(seq);
    } else if (Client* client = client_of_generation(id)) {
        was_given = client->done(seq);
    }
    if (!was_given) on_violation("it finished event " + std::to_string(seq) + ", which was never given to it");
}

void GenerationActions::saved(ClientId id, std::string_view state) {
    if (Departed* gone = broken_ ? nullptr : departed(id)) {
        gone->luggage->state = std::string(state);
    } else if (Client* client = client_of_generation(id)) {
        client->saved(state);
    }
}

bool GenerationActions::release(ClientId id) {
    if (broken_) return false;
    if (!host_.is_own_id(id) || generation_.contexts == 0) {
        on_violation("it released client " + std::to_string(value_of(id)) + ", which it did not hold");
        return false;
    }
    --generation_.contexts;
    return true;
}

void GenerationActions::parted(ClientId id) {
    const Departed* const gone = broken_ ? nullptr : departed(id);
    const Client* const client = gone ? nullptr : client_of_generation(id);
    if (broken_) return;
    if (gone ? gone->tie != Tie::parting : !client || client->tie() != Tie::parting) {
        return on_violation("it let go of client " + std::to_string(value_of(id)) + ", which it was not asked to");
    }
    if (release(id)) host_.parted(generation_, id);
}

void GenerationActions::released(ClientId id) {
    if (!release(id)) return;
    generation_.departed.erase(id);
    generation_.left_behind.erase(id);
}

}  // namespace berth::host::gateway
