// SPDX-License-Identifier: MIT
#include "unit/worker/fake_gateway.hpp"

#include <gtest/gtest.h>

#include "base/assert.hpp"
#include "support/deadline.hpp"

namespace berth::host::worker::test {
namespace {

/// Turns records into actions.
class Recorder final : public link::ActionSink {
public:
    Recorder(std::vector<Action>& actions, std::size_t lane) : actions_(actions), lane_(lane) {}

    void admitted(ClientId client, const link::Admission& admission) override {
        actions_.push_back({Action::Type::admitted, client, admission.status, {}, {},
                            std::string(admission.reason) + "|" + std::string(admission.subprotocol)});
    }
    void send(ClientId client, link::Kind kind, std::string_view payload) override {
        actions_.push_back({Action::Type::send, client, 0, {}, kind, std::string(payload)});
    }
    void send_many(std::span<const ClientId> clients, link::Kind kind, std::string_view payload) override {
        for (const ClientId client : clients) send(client, kind, payload);
    }
    void subscribe(ClientId client, std::string_view topic) override {
        actions_.push_back({Action::Type::subscribe, client, 0, {}, {}, std::string(topic)});
    }
    void unsubscribe(ClientId client, std::string_view topic) override {
        actions_.push_back({Action::Type::unsubscribe, client, 0, {}, {}, std::string(topic)});
    }
    void publish(const link::Publication& p) override {
        const ClientId nobody = make_client_id({.thread = static_cast<std::uint32_t>(lane_)});
        actions_.push_back({Action::Type::publish, nobody, value_of(p.except), {}, p.kind,
                            std::string(p.topic) + "|" + std::string(p.payload)});
    }
    void close(ClientId client, std::uint16_t code, link::Cause cause, std::string_view reason) override {
        actions_.push_back({Action::Type::close, client, code, cause, {}, std::string(reason)});
    }
    void done(ClientId client, std::uint64_t seq) override {
        actions_.push_back({Action::Type::done, client, seq, {}, {}, {}});
    }
    void saved(ClientId client, std::string_view state) override {
        actions_.push_back({Action::Type::saved, client, 0, {}, {}, std::string(state)});
    }
    void parted(ClientId client) override {
        actions_.push_back({Action::Type::parted, client, 0, {}, {}, {}});
    }
    void released(ClientId client) override {
        actions_.push_back({Action::Type::released, client, 0, {}, {}, {}});
    }

private:
    std::vector<Action>& actions_;
    std::size_t lane_;
};

}  // namespace

std::string id(ClientId client) { return std::to_string(value_of(client)); }

void FakeGateway::submit(std::size_t lane, std::string_view records) {
    if (on_submit) on_submit(records);
    const std::lock_guard lock(mutex_);
    const std::size_t before = actions_.size();
    Recorder recorder(actions_, lane);
    const auto used = link::decode_actions(records, recorder);
    BERTH_ASSERT(used && *used == records.size());
    for (std::size_t i = before; i < actions_.size(); ++i) BERTH_ASSERT(link::lane_of(actions_[i].client) == lane);
    changed_.notify_all();
}

template <class Condition>
bool FakeGateway::wait(Condition&& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10) * berth::test::patience, condition);
}

link::Opening FakeGateway::opening_of(ClientId client, const Ask& ask) {
    link::Opening opening{};
    opening.client = client;
    opening.address = ask.address;
    opening.port = 40001;
    opening.path = ask.path;
    opening.query = ask.query;
    opening.origin = ask.origin;
    opening.subprotocols.assign(ask.subprotocols.begin(), ask.subprotocols.end());
    for (const auto& [name, value] : ask.headers) opening.headers.emplace_back(name, value);
    opening.tls_version = ask.tls_version;
    opening.tls_cipher = ask.tls_cipher;
    opening.tls_subject = ask.tls_subject;
    opening.user = ask.user;
    opening.connected_at_ms = 1'700'000'000'000;
    return opening;
}

ClientId FakeGateway::next_id(std::uint32_t lane) {
    const std::lock_guard lock(mutex_);
    return make_client_id({incarnation_, 0, lane, next_slot_++});
}

ClientId FakeGateway::ask(const Ask& ask) {
    const ClientId client = next_id(ask.lane);
    worker_.opening(opening_of(client, ask));
    worker_.flush();
    return client;
}

ClientId FakeGateway::resume(const link::Resumption& resumption, const Ask& ask) {
    const ClientId client = next_id(ask.lane);
    worker_.resumed(opening_of(client, ask), resumption);
    worker_.flush();
    return client;
}

void FakeGateway::parts(ClientId client) {
    worker_.parting(client);
    worker_.flush();
}

Action FakeGateway::verdict(ClientId client) {
    const auto found = wait_for(client, Action::Type::admitted);
    EXPECT_TRUE(found) << "no verdict on client " << id(client);
    return found.value_or(Action{});
}

ClientId FakeGateway::connect(const Ask& what) {
    const ClientId client = ask(what);
    const Action answer = verdict(client);
    EXPECT_EQ(answer.number, 0u) << "client " << id(client) << " was refused: " << answer.text;
    worker_.opened(client, answer.text.substr(answer.text.find('|') + 1));
    worker_.flush();
    return client;
}

void FakeGateway::says(ClientId client, const std::string& text, bool flushes) {
    std::uint64_t seq = 0;
    {
        const std::lock_guard lock(mutex_);
        seq = ++seqs_[client];
    }
    worker_.message(client, seq, link::Kind::text, text);
    if (flushes) worker_.flush();
}

void FakeGateway::sends_buffer(ClientId client, const std::string& bytes) {
    std::uint64_t seq = 0;
    {
        const std::lock_guard lock(mutex_);
        seq = ++seqs_[client];
    }
    worker_.message(client, seq, link::Kind::buffer, bytes);
    worker_.flush();
}

void FakeGateway::closes(ClientId client, std::uint16_t code, link::Cause cause, const std::string& reason) {
    worker_.closed(client, code, cause, reason);
    worker_.flush();
}

void FakeGateway::abandons(ClientId client, std::uint16_t code, link::Cause cause) {
    worker_.abandoned(client, code, cause, {});
    worker_.flush();
}

void FakeGateway::takes(ClientId client, std::uint64_t bytes) { worker_.credit(client, bytes); }

std::string FakeGateway::hears(ClientId client) {
    std::string text;
    const bool heard = wait([&] {
        for (std::size_t& i = heard_[client]; i < actions_.size(); ++i) {
            if (actions_[i].client == client && actions_[i].type == Action::Type::send) {
                text = actions_[i++].text;
                return true;
            }
        }
        return false;
    });
    EXPECT_TRUE(heard) << "client " << id(client) << " heard nothing";
    return heard ? text : "(nothing)";
}

bool FakeGateway::hears_nothing(ClientId client) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = heard_[client]; i < actions_.size(); ++i) {
        if (actions_[i].client == client && actions_[i].type == Action::Type::send) return false;
    }
    return true;
}

std::optional<Action> FakeGateway::wait_for(ClientId client, Action::Type type) {
    std::optional<Action> found;
    wait([&] {
        for (const Action& action : actions_) {
            if (action.client == client && action.type == type) {
                found = action;
                return true;
            }
        }
        return false;
    });
    return found;
}

Action FakeGateway::closed_with(ClientId client) {
    const auto found = wait_for(client, Action::Type::close);
    EXPECT_TRUE(found) << "client " << id(client) << " was not closed";
    return found.value_or(Action{});
}

bool FakeGateway::is_done(ClientId client, std::uint64_t seq) {
    return wait([&] {
        for (const Action& action : actions_) {
            if (action.client == client && action.type == Action::Type::done && action.number >= seq) return true;
        }
        return false;
    });
}

std::vector<Action> FakeGateway::actions() {
    const std::lock_guard lock(mutex_);
    return actions_;
}

std::size_t FakeGateway::count(ClientId client, Action::Type type) {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const Action& action : actions_) count += action.client == client && action.type == type ? 1 : 0;
    return count;
}

std::uint64_t FakeGateway::last_seq(ClientId client) {
    const std::lock_guard lock(mutex_);
    return seqs_[client];
}

}  // namespace berth::host::worker::test
