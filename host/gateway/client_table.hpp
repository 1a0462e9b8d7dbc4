// SPDX-License-Identifier: MIT
/// The ids of one I/O thread: a slot each, found in one step, never given out twice.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/client_id.hpp"

namespace berth::host::gateway {

class Client;

/// [I/O thread]
class ClientTable {
public:
    ClientTable(std::uint32_t incarnation, std::uint32_t thread) : incarnation_(incarnation), thread_(thread) {}

    /// @return 0 when all slots are taken or used up
    ClientId add(Client& client);
    void remove(ClientId id);
    /// Null when the id's client has gone, or never was.
    [[nodiscard]] Client* find(ClientId id) const;
    /// Whether this table may have given the id out, whatever has become of its client.
    [[nodiscard]] bool is_own(ClientId id) const;
    /// Whether the id is of an I/O thread of this index, perhaps in an earlier gateway.
    [[nodiscard]] bool is_of_thread(ClientId id) const { return parts_of(id).thread == thread_; }

private:
    struct Slot {
        Client* client = nullptr;
        std::uint32_t reuse = 0;
    };
    std::uint32_t incarnation_;
    std::uint32_t thread_;
    std::vector<Slot> slots_{1};  ///< slot 0 stays empty: no id is 0
    std::deque<std::uint32_t> free_;  ///< oldest first, so that a stale id stays stale for long
};

}  // namespace berth::host::gateway
