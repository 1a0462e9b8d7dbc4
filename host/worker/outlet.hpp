// SPDX-License-Identifier: MIT
/// Where a worker's actions go: the port of the present gateway.
#pragma once

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "link/actions.hpp"

namespace berth::host::worker {

/// Holds the port, which changes when the gateway is replaced; without one, and for a lane that it does not
/// have, actions are dropped, as for a client that has gone. [any thread]
class Outlet {
public:
    void attach(link::ActionPort* port) { port_.store(port, std::memory_order_release); }
    [[nodiscard]] std::size_t lanes() const {
        const link::ActionPort* port = port_.load(std::memory_order_acquire);
        return port == nullptr ? 0 : port->lanes();
    }
    void submit(std::size_t lane, std::string_view records) {
        link::ActionPort* port = port_.load(std::memory_order_acquire);
        if (port != nullptr && lane < port->lanes()) port->submit(lane, records);
    }
    /// The most that waits on one of these lanes, a bit for each (ActionPort::waiting_bytes).
    [[nodiscard]] std::size_t waiting_bytes(std::uint64_t lanes) const {
        const link::ActionPort* port = port_.load(std::memory_order_acquire);
        std::size_t most = 0;
        for (std::size_t lane = 0; port != nullptr && lane < port->lanes(); ++lane) {
            if ((lanes >> lane & 1) != 0) most = std::max(most, port->waiting_bytes(lane));
        }
        return most;
    }
    /// ActionPort::submit_buffer
    void submit_buffer(std::size_t lane, std::string& records) {
        link::ActionPort* port = port_.load(std::memory_order_acquire);
        if (port != nullptr && lane < port->lanes()) port->submit_buffer(lane, records);
        records.clear();
    }
    /// ActionPort::place
    [[nodiscard]] std::optional<link::Placed> place(std::size_t lane, std::string_view payload) {
        link::ActionPort* port = port_.load(std::memory_order_acquire);
        return port != nullptr && lane < port->lanes() ? port->place(lane, payload) : std::nullopt;
    }
    /// ActionPort::settle
    void settle(std::size_t lane) {
        link::ActionPort* port = port_.load(std::memory_order_acquire);
        if (port != nullptr && lane < port->lanes()) port->settle(lane);
    }

private:
    std::atomic<link::ActionPort*> port_{nullptr};
};

}  // namespace berth::host::worker
