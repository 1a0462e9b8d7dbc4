// SPDX-License-Identifier: MIT
/// Plays the gateway's part: asks, sends and closes for clients, and records what the worker answers.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "link/record.hpp"
#include "worker/worker.hpp"

namespace berth::host::worker::test {

/// One action of the worker as it came.
struct Action {
    enum class Type { admitted, send, close, done, released, saved, parted, subscribe, unsubscribe, publish };
    Type type;
    ClientId client{};         ///< of a publication: none, but of its lane
    std::uint64_t number = 0;  ///< status, code, seq, or who is excepted
    link::Cause cause{};
    link::Kind kind{};
    std::string text;  ///< payload, reason, topic, "REASON|SUBPROTOCOL", or "TOPIC|PAYLOAD"
};

/// What a client asks with.
struct Ask {
    std::string query{};
    std::string path = "/puppet";
    std::string origin = "https://example.org";
    std::string address = "203.0.113.7";
    std::vector<std::string> subprotocols{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string tls_version{}, tls_cipher{}, tls_subject{}, user{};
    std::uint32_t lane = 0;
};

/// Events are given from the test's thread (or one thread per lane, where a test says so), as the link would.
/// Actions arrive from any thread. Closes asked for by the worker are carried out only when the test says so.
class FakeGateway final : public link::ActionPort {
public:
    explicit FakeGateway(Worker& worker, std::size_t lanes = 2, std::uint32_t incarnation = 0)
        : worker_(worker), lanes_(lanes), incarnation_(incarnation) {}

    // The client's side of things.
    ClientId ask(const Ask& ask = {});                  ///< opening; does not wait
    Action verdict(ClientId client);                    ///< waits for admitted
    ClientId connect(const Ask& ask = {});              ///< asks, expects to be accepted, is opened
    void says(ClientId client, const std::string& text, bool flush = true);
    void sends_buffer(ClientId client, const std::string& bytes);
    void closes(ClientId client, std::uint16_t code = 1000, link::Cause cause = link::Cause::client,
                const std::string& reason = {});
    void abandons(ClientId client, std::uint16_t code = 1006, link::Cause cause = link::Cause::network);
    void takes(ClientId client, std::uint64_t bytes);   ///< credit
    /// A client comes from another worker; does not wait.
    ClientId resume(const link::Resumption& resumption, const Ask& ask = {});
    void parts(ClientId client);  ///< it goes on in another worker; does not wait
    void flush() { worker_.flush(); }

    // What the worker did.
    /// The next message to the client that was not taken yet; waits. Fails the test when none comes.
    std::string hears(ClientId client);
    /// Nothing is waiting to be heard now.
    bool hears_nothing(ClientId client);
    std::optional<Action> wait_for(ClientId client, Action::Type type);
    Action closed_with(ClientId client);                ///< waits for a close
    bool is_released(ClientId client) { return wait_for(client, Action::Type::released).has_value(); }
    bool is_done(ClientId client, std::uint64_t seq);   ///< waits
    std::vector<Action> actions();                      ///< all, in the order of their lanes' records
    std::size_t count(ClientId client, Action::Type type);
    [[nodiscard]] std::uint64_t last_seq(ClientId client);

    /// Called on the thread of the worker that submits, before that is written down.
    std::function<void(std::string_view records)> on_submit;

    // ActionPort
    [[nodiscard]] std::size_t lanes() const override { return lanes_; }
    void submit(std::size_t lane, std::string_view records) override;

private:
    template <class Condition>
    bool wait(Condition&& condition);
    ClientId next_id(std::uint32_t lane);
    [[nodiscard]] static link::Opening opening_of(ClientId client, const Ask& ask);

    Worker& worker_;
    const std::size_t lanes_;
    const std::uint32_t incarnation_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Action> actions_;
    std::map<ClientId, std::size_t> heard_;  ///< index after the last message taken
    std::map<ClientId, std::uint64_t> seqs_;
    std::uint32_t next_slot_ = 1;
};

std::string id(ClientId client);  ///< decimal

}  // namespace berth::host::worker::test
