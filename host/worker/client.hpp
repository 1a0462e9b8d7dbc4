// SPDX-License-Identifier: MIT
/// A client as its worker knows it: the facts of its request, its figures, its credits.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/client_id.hpp"
#include "base/clock.hpp"
#include "link/events.hpp"
#include "worker/request.hpp"

namespace berth::host::worker {

/// Where a client is between asking and gone. Changes go through the ClientTable.
enum class ClientState : std::uint8_t {
    asking,    ///< its `connection` has not ended
    accepted,  ///< listed
    leaving,   ///< a close was requested
    ended      ///< refused, closed or abandoned
};

/// Facts are immutable; figures and credits are atomic: everything here is [any thread].
struct Client {
    explicit Client(const link::Opening& opening);

    // What a message to or from it touches stands first and together: of many clients each costs one line of the cache.
    const ClientId id;
    std::atomic<std::uint64_t> messages_in{0}, bytes_in{0}, messages_out{0}, bytes_out{0};
    std::atomic<std::int64_t> last_message_ns;  ///< in (given to the project) or out; monotonic clock

private:
    std::atomic<std::uint64_t> backlog_{0};

public:
    std::atomic<ClientState> state{ClientState::asking};
    /// The gateway of this client has died: nothing more is said to it about this client.
    std::atomic<bool> is_orphan{false};
    bool has_ended = false;  ///< no subscription will follow; guarded by Topics

    const std::uint16_t port;
    std::uint32_t listed_at = 0;  ///< index in the table's list; guarded by the table
    const Request request;
    const std::int64_t connected_at_ms;

    /// The sub-protocol as it is known now: the project's choice, then the gateway's word. [borrowed: client]
    [[nodiscard]] std::string_view subprotocol() const;
    void chosen(std::string_view name);  ///< by the project [its executor], once
    void opened(std::string_view name);  ///< by the gateway [link's thread], once, later

    /// Takes credit for a message unless it would pass the limit. What is under way counts from here until
    /// the gateway says that it left the outbox.
    [[nodiscard]] bool take_credit(std::uint64_t bytes, std::uint64_t limit);
    void return_credit(std::uint64_t bytes);

    void count_in(std::size_t bytes);
    void count_out(std::size_t bytes, TimePoint now);

    std::vector<const std::string*> subscriptions;  ///< names that are in Topics, which guards it

private:
    // Written once each, then published; kept, since what was handed out must stay valid.
    std::unique_ptr<const std::string> chosen_, opened_;
    std::atomic<const std::string*> subprotocol_{nullptr};
};

}  // namespace berth::host::worker
