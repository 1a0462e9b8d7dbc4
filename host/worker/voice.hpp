// SPDX-License-Identifier: MIT
/// Speaks to the gateway and to other contexts, for a running call or for a thread of the project's own.
#pragma once

#include <span>
#include <vector>

#include "worker/boundary.hpp"
#include "worker/emission.hpp"

namespace berth::host::worker {

/// Within a call everything is held with it; without one (`call` null) it goes out at once.
class Voice {
public:
    Voice(Runtime& runtime, Call* call) : runtime_(runtime), call_(call) {}

    void send(ClientId client, link::Kind kind, std::string_view payload);
    void send_many(std::span<const ClientId> clients, link::Kind kind, std::string_view payload);  ///< ids ascending
    void subscribe(ClientId client, std::string_view topic);
    void unsubscribe(ClientId client, std::string_view topic);
    void publish(std::uint64_t lanes, const link::Publication& publication);  ///< a bit for each lane that it goes to
    void close(ClientId client, std::uint16_t code, link::Cause cause, std::string_view reason);
    void post(Post post);

private:
    Runtime& runtime_;
    Call* call_;
};

/// Why a project's value is no message; empty: it is one.
[[nodiscard]] std::string_view problem_of_message(const berth_value* message);
[[nodiscard]] link::Kind kind_of(const berth_value& message);

/// What a project may do to a client now.
enum class Reach {
    here,       ///< it is connected, or asks and this is its own `connection`
    elsewhere,  ///< not of this worker, perhaps of another generation
    gone
};

/// A client as a call finds it. `context` is null unless it is `here`.
struct Found {
    Reach reach = Reach::gone;
    ContextPtr kept;  ///< empty for the call's own context, which needs no keeping
    Context* context = nullptr;
};
[[nodiscard]] Found find_client(Runtime& runtime, Call* call, ClientId id);

/// Takes a message's credit; `full` has followed the policy already (DECISIONS: outbox policies).
enum class Credit { taken, full };
[[nodiscard]] Credit take_credit(Runtime& runtime, Voice& voice, Client& client, std::size_t bytes);
/// Takes the credit of one message for each of `ids`, which are in order, and leaves those in it that the message goes to.
void take_credit_of_many(Runtime& runtime, Call* call, Voice& voice, std::vector<ClientId>& ids, std::size_t bytes);

}  // namespace berth::host::worker
