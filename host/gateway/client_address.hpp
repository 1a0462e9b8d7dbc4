// SPDX-License-Identifier: MIT
/// Whose connection a client's is: its peer's, or behind a trusted proxy that of whom the proxy names.
#pragma once

#include <memory>
#include <optional>

#include "gateway/door.hpp"
#include "gateway/transport/connection.hpp"

namespace berth::host::gateway {

struct Arrival;
class ClientHost;

/// [I/O thread]. By this address a client is told, limited and shut out; it changes once, when its request has been read.
class ClientAddress {
public:
    /// @param connection [borrowed: as long as this]
    explicit ClientAddress(const transport::Connection& connection) : connection_(connection) {}

    [[nodiscard]] const transport::PeerAddress& get() const { return forwarded_ ? forwarded_->address : connection_.peer(); }
    /// Whom the door counts the connection for beside its own peer; null: nobody.
    [[nodiscard]] const transport::PeerAddress* counted_besides() const {
        return forwarded_ && forwarded_->is_counted ? &forwarded_->address : nullptr;
    }
    /// The request has been read: where a trusted proxy has sent it, takes from it who the client is, and for the rules of the
    /// door how it came. Answers why that client may not come in, if so.
    [[nodiscard]] std::optional<DoorRefusal> look_behind_proxy(Arrival& arrival, ClientHost& host);

private:
    struct Forwarded {
        transport::PeerAddress address;
        bool is_counted = false;
    };
    const transport::Connection& connection_;
    std::unique_ptr<Forwarded> forwarded_;
};

}  // namespace berth::host::gateway
