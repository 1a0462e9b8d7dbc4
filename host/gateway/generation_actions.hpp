// SPDX-License-Identifier: MIT
/// What one worker asks for, checked as if the worker were hostile (ARCHITECTURE: the link).
#pragma once

#include "gateway/frame_store.hpp"
#include "gateway/generation.hpp"
#include "gateway/outbox.hpp"
#include "link/actions.hpp"

namespace berth::host::gateway {

class Client;

/// What the checks need of the I/O thread; all calls on it.
class ActionHost {
public:
    virtual ~ActionHost() = default;
    /// What waits for the clients' sockets.
    [[nodiscard]] virtual FrameStore& frames() = 0;
    /// The connected client of that id on this thread, or null when it has gone.
    [[nodiscard]] virtual Client* find_client(ClientId id) = 0;
    /// Whether this thread may have given the id out.
    [[nodiscard]] virtual bool is_own_id(ClientId id) const = 0;
    /// Whether the id belongs on a lane of this thread, though its client may be of an earlier gateway.
    [[nodiscard]] virtual bool is_on_own_lane(ClientId id) const = 0;
    /// The generation's worker broke the rules of the link.
    virtual void report_violation(GenerationEntry& generation, const std::string& what) = 0;
    /// The worker has let go of a client, which has gone (GenerationEntry::departed) or goes on elsewhere.
    virtual void parted(GenerationEntry& generation, ClientId id) = 0;
    /// Contexts were released: the generation may be empty now.
    virtual void check_retired(GenerationEntry& generation) = 0;
};

/// Hears one lane. After the first violation everything is ignored. [I/O thread]
class GenerationActions final : public LaneOwner, private link::ActionSink {
public:
    GenerationActions(ActionHost& host, GenerationEntry& generation) : host_(host), generation_(generation) {}

    Result<std::size_t> on_actions(std::string_view records, link::Slabs* slabs) override;
    /// Its share of a turn, so that other lanes and sockets have theirs: deliveries of messages for several clients.
    static constexpr std::size_t deliveries_max = 20'000;
    [[nodiscard]] bool has_enough() const override { return !is_last_ && deliveries_ >= deliveries_max; }
    void begin_turn(bool is_last) override;
    void on_violation(const std::string& what) override;
    /// The supervisor sees the worker's end too and says what becomes of its clients.
    void on_worker_gone() override {}

private:
    void admitted(ClientId id, const link::Admission& admission) override;
    void send(ClientId id, link::Kind kind, std::string_view payload) override;
    void send_many(std::span<const ClientId> ids, link::Kind kind, std::string_view payload) override;
    void subscribe(ClientId id, std::string_view topic) override;
    void unsubscribe(ClientId id, std::string_view topic) override;
    void publish(const link::Publication& publication) override;
    void close(ClientId id, std::uint16_t code, link::Cause cause, std::string_view reason) override;
    void done(ClientId id, std::uint64_t seq) override;
    void saved(ClientId id, std::string_view state) override;
    void parted(ClientId id) override;
    void released(ClientId id) override;

    /// A client of the project, of any generation; null when it has gone, or when naming it was a violation.
    Client* client_of_project(ClientId id);
    /// As whom this worker speaks to a client of the project: the credit for it is that of the client's own worker.
    [[nodiscard]] MessageOf sender_to(const Client& client) const;
    /// A client of this very generation.
    Client* client_of_generation(ClientId id);

    /// A client that may subscribe to that; or null. From which generation it has gone on, its old one has no say.
    Client* subscriber(ClientId id, std::string_view topic);

    /// One of its clients that has gone and is not released yet; or null.
    Departed* departed(ClientId id);
    /// One context less; false when naming it was a violation.
    bool release(ClientId id);

    ActionHost& host_;
    GenerationEntry& generation_;
    /// Whether it goes to so many more. After a worker's end, which gets one turn for all, what goes beyond several turns'
    /// share is dropped.
    bool may_deliver(std::size_t clients);

    std::size_t deliveries_ = 0;  // In this turn.
    bool is_last_ = false;
    bool broken_ = false;
};

}  // namespace berth::host::gateway
