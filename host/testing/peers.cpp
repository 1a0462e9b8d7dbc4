// SPDX-License-Identifier: MIT
#include "testing/peers.hpp"

#include "base/assert.hpp"
#include "wire/utf8.hpp"

namespace berth::host::testing {
namespace {

constexpr std::uint16_t abnormal = 1006;

/// Every line of the request, as a client library writes them.
std::vector<std::pair<std::string, std::string>> lines_of(const TestRequest& request) {
    std::vector<std::pair<std::string, std::string>> lines{{"Host", "localhost"},
                                                           {"Upgrade", "websocket"},
                                                           {"Connection", "Upgrade"},
                                                           {"Sec-WebSocket-Key", "dGVzdCB0ZXN0IHRlc3QhIQ=="},
                                                           {"Sec-WebSocket-Version", "13"}};
    if (!request.origin.empty()) lines.emplace_back("Origin", request.origin);
    std::string offered;
    for (const std::string& name : request.subprotocols) offered += (offered.empty() ? "" : ", ") + name;
    if (!offered.empty()) lines.emplace_back("Sec-WebSocket-Protocol", offered);
    lines.insert(lines.end(), request.headers.begin(), request.headers.end());
    return lines;
}

/// What waits for a client and was paid from the worker's credit.
std::uint64_t paid_of(const Peer& peer) {
    std::uint64_t cost = 0;
    for (const Peer::Unread& unread : peer.backlog) cost += unread.is_paid ? link::message_cost(unread.message.bytes.size()) : 0;
    return cost;
}

}  // namespace

void Peers::attach(worker::Worker* worker) {
    worker_ = worker;
    if (worker_ != nullptr) worker_->attach(*this);
}

Peer* Peers::find(ClientId client) {
    const auto found = peers_.find(client);
    return found == peers_.end() ? nullptr : &found->second;
}

template <class Tell>
void Peers::with_opening(ClientId client, const Peer& peer, std::int64_t wall_clock_ms, Tell&& tell) {
    const TestRequest& from = peer.request;
    const std::string_view target = from.target;
    const std::size_t mark = target.find('?');
    link::Opening opening{};
    opening.client = client;
    opening.address = from.address;
    opening.port = from.port;
    opening.path = target.substr(0, mark);
    opening.query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    opening.origin = from.origin;
    opening.subprotocols.assign(from.subprotocols.begin(), from.subprotocols.end());
    const auto lines = lines_of(from);
    for (const auto& [name, value] : lines) opening.headers.emplace_back(name, value);
    opening.tls_version = from.tls_version;
    opening.tls_cipher = from.tls_cipher;
    opening.tls_subject = from.tls_subject;
    opening.user = from.user;
    opening.connected_at_ms = wall_clock_ms;
    tell(opening);
}

ClientId Peers::ask(TestRequest request, std::int64_t wall_clock_ms) {
    // Larger than what fits 32 bits, so that an id in a small integer is found out.
    const ClientId client = make_client_id({.incarnation = 1, .slot = next_slot_++});
    Peer& peer = peers_[client];
    peer.request = std::move(request);
    if (worker_ == nullptr) {
        refuse(client, 503, "this project is starting", link::Cause::network);
        return client;
    }
    with_opening(client, peer, wall_clock_ms, [&](const link::Opening& opening) { worker_->opening(opening); });
    return client;
}

bool Peers::says(ClientId client, link::Kind kind, std::string_view payload) {
    Peer* peer = find(client);
    if (peer == nullptr || !peer->is_open) return false;
    // The frame parser's words.
    if (payload.size() > options_.message_bytes) {
        end(client, 1009, Cause::limit, "message of more bytes than allowed (RFC 6455 §7.4.1)");
    } else if (kind == link::Kind::text && !wire::is_valid_utf8(payload)) {
        end(client, 1007, Cause::limit, "text that is not UTF-8 (RFC 6455 §8.1)");
    } else {
        peer->said.push_back({++peer->seq, kind, std::string(payload)});
        if (worker_ != nullptr) worker_->message(client, peer->seq, kind, payload);
    }
    return true;
}

void Peers::end(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) {
    Peer* peer = find(client);
    if (peer == nullptr || !peer->is_open) return;
    peer->is_open = false;
    peer->topics.clear();
    peer->closed = TestClosed{code, std::string(reason), cause};
    if (worker_ != nullptr) worker_->closed(client, code, static_cast<link::Cause>(cause), reason);
}

void Peers::give_up(ClientId client) {
    const Peer* peer = find(client);
    if (peer != nullptr && peer->status == 0)
        refuse(client, 503, "the project did not answer in time", link::Cause::network);
}

void Peers::refuse(ClientId client, unsigned status, std::string_view sentence, link::Cause cause) {
    Peer& peer = peers_.at(client);
    peer.status = status;
    peer.refusal = std::string(sentence);
    if (worker_ != nullptr) worker_->abandoned(client, abnormal, cause, sentence);
}

void Peers::read(ClientId client, bool is_reading) {
    Peer* peer = find(client);
    if (peer == nullptr) return;
    peer->is_reading = is_reading;
    if (!is_reading) return;
    const std::uint64_t paid = paid_of(*peer);
    for (Peer::Unread& unread : peer->backlog) peer->heard.push_back(std::move(unread.message));
    peer->backlog.clear();
    peer->backlog_cost = 0;
    credit(client, paid + std::exchange(peer->stuffed, 0));
}

void Peers::fill(ClientId client) {
    Peer* peer = find(client);
    if (peer == nullptr || worker_ == nullptr) return;
    worker_->use_up_credit(client, options_.backlog_bytes);
    peer->stuffed += options_.backlog_bytes;
}

void Peers::credit(ClientId client, std::uint64_t cost) {
    const Peer* peer = find(client);
    if (cost != 0 && worker_ != nullptr && peer != nullptr && peer->is_open) worker_->credit(client, cost);
}

void Peers::submit(std::size_t, std::string_view records) {
    const std::lock_guard lock(mutex_);
    arrived_ += records;
}

bool Peers::deliver() {
    std::string records;
    {
        const std::lock_guard lock(mutex_);
        records.swap(arrived_);
    }
    if (records.empty()) return false;
    const auto used = link::decode_actions(records, *this);
    BERTH_ASSERT(used && *used == records.size());
    return true;
}

void Peers::admitted(ClientId client, const link::Admission& admission) {
    Peer* peer = find(client);
    if (peer == nullptr || peer->status != 0) return;  // It was too late: 503 was answered.
    if (admission.status != 0) return refuse(client, admission.status, admission.reason, link::Cause::project);
    peer->status = 101;
    peer->is_open = true;
    peer->subprotocol = std::string(admission.subprotocol);
    if (worker_ != nullptr) worker_->opened(client, admission.subprotocol);
}

void Peers::send(ClientId client, link::Kind kind, std::string_view payload) {
    give(client, {kind == link::Kind::text, std::string(payload)}, /*is_paid=*/true);
}

void Peers::give(ClientId client, TestMessage message, bool is_paid) {
    Peer* peer = find(client);
    if (peer == nullptr || !peer->is_open) return;
    const std::uint64_t cost = link::message_cost(message.bytes.size());
    if (peer->is_reading) {
        peer->heard.push_back(std::move(message));
        return credit(client, is_paid ? cost : 0);
    }
    while (peer->backlog_cost != 0 && peer->backlog_cost + cost > options_.backlog_bytes) {
        if (options_.backlog_policy == TestBacklog::close) return end(client, 1013, Cause::limit, "backlog full");
        if (options_.backlog_policy == TestBacklog::drop_newest) return credit(client, is_paid ? cost : 0);
        drop_oldest(client, *peer);
    }
    peer->backlog.push_back({std::move(message), is_paid});
    peer->backlog_cost += cost;
}

void Peers::drop_oldest(ClientId client, Peer& peer) {
    const std::uint64_t cost = link::message_cost(peer.backlog.front().message.bytes.size());
    const bool is_paid = peer.backlog.front().is_paid;
    peer.backlog.pop_front();
    peer.backlog_cost -= cost;
    credit(client, is_paid ? cost : 0);
}

void Peers::send_many(std::span<const ClientId> clients, link::Kind kind, std::string_view payload) {
    for (const ClientId client : clients) send(client, kind, payload);
}

void Peers::subscribe(ClientId client, std::string_view topic) {
    if (Peer* peer = find(client); peer != nullptr && peer->is_open) peer->topics.emplace(topic);
}

void Peers::unsubscribe(ClientId client, std::string_view topic) {
    if (Peer* peer = find(client); peer != nullptr && peer->topics.contains(topic)) peer->topics.erase(peer->topics.find(topic));
}

void Peers::publish(const link::Publication& publication) {
    for (auto& [client, peer] : peers_) {
        if (client != publication.except && peer.topics.contains(publication.topic))
            give(client, {publication.kind == link::Kind::text, std::string(publication.payload)}, /*is_paid=*/false);
    }
}

void Peers::close(ClientId client, std::uint16_t code, link::Cause cause, std::string_view reason) {
    end(client, code, static_cast<Cause>(cause), reason);
}

void Peers::lost(ClientId culprit, TestEvent event, bool survives) {
    worker_ = nullptr;
    deliver();
    if (Peer* peer = find(culprit); peer != nullptr) {
        if (peer->status == 0) refuse(culprit, 500, "the project could not decide about this client", link::Cause::error);
        end(culprit, 1011, Cause::error, "an event of this client failed");
        peer->said.clear();
        // Its end was being handled, or it cannot even be resumed.
        if (event == TestEvent::disconnection || event == TestEvent::destroy || event == TestEvent::resumed)
            peer->is_released = true;
    }
    if (survives) return;
    end_all(1012, Cause::redeploy, "restart");
    for (auto& [client, peer] : peers_) peer.is_released = peer.is_released || peer.status != 0;
}

void Peers::go_on(std::int64_t wall_clock_ms) {
    for (auto& [client, peer] : peers_) {
        if (peer.status == 0) {
            with_opening(client, peer, wall_clock_ms, [&](const link::Opening& opening) { worker_->opening(opening); });
        } else if (peer.status == 101 && !peer.is_released) {
            link::Resumption resumption;
            resumption.subprotocol = peer.subprotocol;
            if (peer.state) resumption.state = *peer.state;
            resumption.is_interrupted = !peer.is_open && peer.closed && peer.closed->code == 1011;
            resumption.backlog = paid_of(peer) + peer.stuffed;
            with_opening(client, peer, wall_clock_ms, [&](const link::Opening& opening) { worker_->resumed(opening, resumption); });
            for (const std::string& topic : peer.topics) worker_->subscribed(client, topic);
            for (const Peer::Said& said : peer.said) worker_->message(client, said.seq, said.kind, said.payload);
            if (!peer.is_open)
                worker_->closed(client, peer.closed->code, static_cast<link::Cause>(peer.closed->cause), peer.closed->reason);
        }
    }
}

void Peers::done(ClientId client, std::uint64_t seq) {
    Peer* peer = find(client);
    while (peer != nullptr && !peer->said.empty() && peer->said.front().seq <= seq) peer->said.pop_front();
}

void Peers::saved(ClientId client, std::string_view state) {
    if (Peer* peer = find(client)) peer->state = std::string(state);
}

void Peers::released(ClientId client) {
    if (Peer* peer = find(client)) peer->is_released = true;
}

void Peers::end_all(std::uint16_t code, Cause cause, std::string_view reason) {
    for (const ClientId client : open()) end(client, code, cause, reason);
}

std::vector<ClientId> Peers::open() const {
    std::vector<ClientId> open;
    for (const auto& [client, peer] : peers_) {
        if (peer.is_open) open.push_back(client);
    }
    return open;
}

}  // namespace berth::host::testing
