// SPDX-License-Identifier: MIT
/// The gateway's part: fake peers, what they were sent and how they ended.
#pragma once

#include <berth/testing.hpp>

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "link/record.hpp"
#include "worker/worker.hpp"

namespace berth::host::testing {

/// One client as its own end sees it.
struct Peer {
    TestRequest request;
    unsigned status = 0;  ///< 101, or that of a refusal; 0: not answered yet
    std::string refusal;
    std::string subprotocol;
    bool is_open = false;
    bool is_reading = true;
    std::deque<TestMessage> heard;    ///< not taken by the test yet
    struct Unread {
        TestMessage message;
        bool is_paid;  ///< from the worker's credit, which gets it back
    };
    std::deque<Unread> backlog;  ///< sent, but not read
    std::uint64_t backlog_cost = 0;
    std::uint64_t stuffed = 0;  ///< credit that `fill` has taken
    std::optional<TestClosed> closed;
    std::uint64_t seq = 0;
    std::set<std::string, std::less<>> topics;
    // What it takes along to the next process, where its project survives one.
    struct Said {
        std::uint64_t seq;
        link::Kind kind;
        std::string payload;
    };
    std::deque<Said> said;             ///< not done yet
    std::optional<std::string> state;  ///< saved last
    bool is_released = false;          ///< its disconnection was handled, or none is due
};

/// Does what the real gateway does with a worker's actions, in the same order. Actions come from any thread and wait
/// until `deliver`; everything else is the driving thread's.
class Peers final : public link::ActionPort, private link::ActionSink {
public:
    explicit Peers(const TestOptions& options) : options_(options) {}

    /// From now on events go to that worker; null: there is none, as between a crash and the next start.
    void attach(worker::Worker* worker);

    [[nodiscard]] ClientId ask(TestRequest request, std::int64_t wall_clock_ms);
    bool says(ClientId client, link::Kind kind, std::string_view payload);
    /// Ends an open connection, whoever asked for it.
    void end(ClientId client, std::uint16_t code, Cause cause, std::string_view reason);
    /// The limit of the connection event has passed.
    void give_up(ClientId client);
    void read(ClientId client, bool is_reading);
    void fill(ClientId client);

    /// Carries out what the worker has asked for; whether there was anything.
    bool deliver();
    /// The process has gone while it ran an event of `culprit`: what it sent before still arrives. `survives`: the
    /// others wait for the next one.
    void lost(ClientId culprit, TestEvent event, bool survives);
    /// The next process has started: it takes over those who wait.
    void go_on(std::int64_t wall_clock_ms);
    void end_all(std::uint16_t code, Cause cause, std::string_view reason);

    [[nodiscard]] Peer& at(ClientId client) { return peers_.at(client); }
    [[nodiscard]] std::vector<ClientId> open() const;

    // ActionPort [any thread]
    [[nodiscard]] std::size_t lanes() const override { return 1; }
    void submit(std::size_t lane, std::string_view records) override;

private:
    // ActionSink
    void admitted(ClientId client, const link::Admission& admission) override;
    void send(ClientId client, link::Kind kind, std::string_view payload) override;
    void send_many(std::span<const ClientId> clients, link::Kind kind, std::string_view payload) override;
    void subscribe(ClientId client, std::string_view topic) override;
    void unsubscribe(ClientId client, std::string_view topic) override;
    void publish(const link::Publication& publication) override;
    void close(ClientId client, std::uint16_t code, link::Cause cause, std::string_view reason) override;
    void done(ClientId client, std::uint64_t seq) override;
    void saved(ClientId client, std::string_view state) override;
    void parted(ClientId) override {}
    void released(ClientId client) override;

    Peer* find(ClientId client);
    /// Gives the peer's request to `tell`, as the gateway would say it.
    template <class Tell>
    void with_opening(ClientId client, const Peer& peer, std::int64_t wall_clock_ms, Tell&& tell);
    void refuse(ClientId client, unsigned status, std::string_view sentence, link::Cause cause);
    void credit(ClientId client, std::uint64_t cost);
    void give(ClientId client, TestMessage message, bool is_paid);
    void drop_oldest(ClientId client, Peer& peer);

    const TestOptions& options_;
    worker::Worker* worker_ = nullptr;
    std::map<ClientId, Peer> peers_;
    std::uint32_t next_slot_ = 1;
    std::mutex mutex_;
    std::string arrived_;  ///< records; guarded by the mutex
};

}  // namespace berth::host::testing
