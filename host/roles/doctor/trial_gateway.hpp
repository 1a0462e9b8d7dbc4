// SPDX-License-Identifier: MIT
/// The gateway's part in a trial: clients that ask, say, leave, and wait for what the worker answers.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "link/record.hpp"
#include "worker/worker.hpp"

namespace berth::host::roles {

/// Events are given from one thread, which waits for their answers without a limit: whoever started the process has
/// one. Closes that the worker asks for are carried out. What is sent to a client is counted and forgotten.
class TrialGateway final : public link::ActionPort, private link::ActionSink {
public:
    struct Verdict {
        std::uint16_t status = 0;  ///< 0: accepted
        std::string reason;
    };

    explicit TrialGateway(worker::Worker& worker) : worker_(worker) {}

    /// Asks to connect; opens the client when it is accepted.
    Verdict connect(ClientId client, const std::string& path, const std::vector<std::string>& subprotocols);
    /// A message, until it has been handled or the client was closed for it. Answers whether the client is still there.
    bool says(ClientId client, link::Kind kind, const std::string& payload);
    /// Leaves with 1000, until the disconnection has been handled.
    void leaves(ClientId client);
    /// Waits for the end of a client that the host ends.
    void ended(ClientId client);

    [[nodiscard]] std::size_t lanes() const override { return 1; }
    void submit(std::size_t lane, std::string_view records) override;

private:
    struct State {
        bool is_decided = false;
        Verdict verdict;
        std::string subprotocol;
        std::uint64_t done = 0;
        std::uint64_t asked = 0;
        std::uint64_t owed = 0;  ///< credit to give back
        bool is_to_close = false;
        std::uint16_t code = 0;
        link::Cause cause{};
        bool is_released = false;
    };

    void admitted(ClientId client, const link::Admission& admission) override;
    void send(ClientId client, link::Kind kind, std::string_view payload) override;
    void send_many(std::span<const ClientId> clients, link::Kind kind, std::string_view payload) override;
    void subscribe(ClientId, std::string_view) override {}
    void unsubscribe(ClientId, std::string_view) override {}
    void publish(const link::Publication&) override {}
    void close(ClientId client, std::uint16_t code, link::Cause cause, std::string_view reason) override;
    void done(ClientId client, std::uint64_t seq) override;
    void saved(ClientId, std::string_view) override {}
    void parted(ClientId) override {}
    void released(ClientId client) override;

    template <class Condition>
    State wait(ClientId client, Condition&& condition);
    void finish(ClientId client, std::uint16_t code, link::Cause cause);
    void give_credit();

    worker::Worker& worker_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<ClientId, State> clients_;
};

}  // namespace berth::host::roles
