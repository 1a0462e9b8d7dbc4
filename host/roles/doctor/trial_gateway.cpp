// SPDX-License-Identifier: MIT
#include "roles/doctor/trial_gateway.hpp"

#include "base/clock.hpp"

namespace berth::host::roles {

TrialGateway::Verdict TrialGateway::connect(ClientId client, const std::string& path,
                                            const std::vector<std::string>& subprotocols) {
    {
        const std::lock_guard lock(mutex_);
        clients_[client] = {};
    }
    const std::size_t mark = path.find('?');
    link::Opening opening{};
    opening.client = client;
    opening.address = "127.0.0.1";
    opening.port = 40'000;
    opening.path = std::string_view(path).substr(0, mark);
    if (mark != std::string::npos) opening.query = std::string_view(path).substr(mark + 1);
    opening.subprotocols.assign(subprotocols.begin(), subprotocols.end());
    opening.headers = {{"Host", "127.0.0.1"}, {"User-Agent", "berth-doctor"}};
    opening.connected_at_ms = wall_clock_ms();
    worker_.opening(opening);
    worker_.flush();
    State state = wait(client, [](const State& now) { return now.is_decided; });
    if (state.verdict.status == 0) {
        worker_.opened(client, state.subprotocol);
        worker_.flush();
    } else {
        worker_.abandoned(client, 1006, link::Cause::project, {});
        worker_.flush();
        ended(client);
    }
    return state.verdict;
}

bool TrialGateway::says(ClientId client, link::Kind kind, const std::string& payload) {
    std::uint64_t seq = 0;
    {
        const std::lock_guard lock(mutex_);
        seq = ++clients_[client].asked;
    }
    worker_.message(client, seq, kind, payload);
    worker_.flush();
    const State state = wait(client, [seq](const State& now) { return now.done >= seq || now.is_to_close || now.is_released; });
    give_credit();
    if (!state.is_to_close) return !state.is_released;
    finish(client, state.code, state.cause);
    return false;
}

void TrialGateway::leaves(ClientId client) { finish(client, 1000, link::Cause::client); }

void TrialGateway::ended(ClientId client) {
    wait(client, [](const State& now) { return now.is_released; });
    const std::lock_guard lock(mutex_);
    clients_.erase(client);
}

void TrialGateway::finish(ClientId client, std::uint16_t code, link::Cause cause) {
    worker_.closed(client, code, cause, {});
    worker_.flush();
    ended(client);
}

/// From the thread of the events, as the gateway does it.
void TrialGateway::give_credit() {
    std::vector<std::pair<ClientId, std::uint64_t>> owed;
    {
        const std::lock_guard lock(mutex_);
        for (auto& [client, state] : clients_)
            if (state.owed != 0) owed.emplace_back(client, std::exchange(state.owed, 0));
    }
    for (const auto& [client, bytes] : owed) worker_.credit(client, bytes);
    worker_.flush();
}

template <class Condition>
TrialGateway::State TrialGateway::wait(ClientId client, Condition&& condition) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return condition(clients_[client]); });
    return clients_[client];
}

void TrialGateway::submit(std::size_t, std::string_view records) {
    const std::lock_guard lock(mutex_);
    std::ignore = link::decode_actions(records, *this);
    changed_.notify_all();
}

void TrialGateway::admitted(ClientId client, const link::Admission& admission) {
    State& state = clients_[client];
    state.is_decided = true;
    state.verdict = {admission.status, std::string(admission.reason)};
    state.subprotocol = admission.subprotocol;
}

void TrialGateway::send(ClientId client, link::Kind, std::string_view payload) {
    if (const auto found = clients_.find(client); found != clients_.end())
        found->second.owed += link::message_cost(payload.size());
}

void TrialGateway::send_many(std::span<const ClientId> clients, link::Kind kind, std::string_view payload) {
    for (const ClientId client : clients) send(client, kind, payload);
}

void TrialGateway::close(ClientId client, std::uint16_t code, link::Cause cause, std::string_view) {
    if (const auto found = clients_.find(client); found != clients_.end()) {
        found->second.is_to_close = true;
        found->second.code = code;
        found->second.cause = cause;
    }
}

void TrialGateway::done(ClientId client, std::uint64_t seq) {
    if (const auto found = clients_.find(client); found != clients_.end()) found->second.done = seq;
}

void TrialGateway::released(ClientId client) {
    if (const auto found = clients_.find(client); found != clients_.end()) found->second.is_released = true;
}

}  // namespace berth::host::roles
