// SPDX-License-Identifier: MIT
#include "gateway/client_table.hpp"

namespace berth::host::gateway {

ClientId ClientTable::add(Client& client) {
    std::uint32_t slot = 0;
    if (!free_.empty()) {
        slot = free_.front();
        free_.pop_front();
    } else if (slots_.size() < (std::size_t{1} << client_slot_bits)) {
        slot = static_cast<std::uint32_t>(slots_.size());
        slots_.emplace_back();
    } else {
        return ClientId{};
    }
    slots_[slot].client = &client;
    return make_client_id({.incarnation = incarnation_, .reuse = slots_[slot].reuse, .thread = thread_, .slot = slot});
}

void ClientTable::remove(ClientId id) {
    if (!find(id)) return;
    const std::uint32_t slot = parts_of(id).slot;
    slots_[slot].client = nullptr;
    // A slot whose reuse count is exhausted is never used again.
    if (++slots_[slot].reuse < (1u << client_reuse_bits)) free_.push_back(slot);
}

Client* ClientTable::find(ClientId id) const {
    const ClientIdParts parts = parts_of(id);
    if (!is_own(id) || parts.slot >= slots_.size() || slots_[parts.slot].reuse != parts.reuse) return nullptr;
    return slots_[parts.slot].client;
}

bool ClientTable::is_own(ClientId id) const {
    const ClientIdParts parts = parts_of(id);
    // As a whole: the bits that name a node are no part.
    return parts.incarnation == incarnation_ && parts.thread == thread_ && make_client_id(parts) == id;
}

}  // namespace berth::host::gateway
