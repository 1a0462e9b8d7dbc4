// SPDX-License-Identifier: MIT
#include "gateway/doorkeeper.hpp"

#include <algorithm>

namespace berth::host::gateway {

void Doorkeeper::established(const transport::PeerAddress& peer) {
    if (peer.is_loopback()) return;
    const MutexLock lock(mutex_);
    changes_.push_back({peer.key(), false, false});
}

void Doorkeeper::gone(const transport::PeerAddress& peer, bool was_established) {
    if (peer.is_loopback()) return;
    const MutexLock lock(mutex_);
    changes_.push_back({peer.key(), true, was_established});
}

std::map<std::string, std::uint64_t> Doorkeeper::refused() const {
    const MutexLock lock(mutex_);
    return refused_;
}

void Doorkeeper::refuse(const char* rule) {
    const MutexLock lock(mutex_);
    ++refused_[rule];
}

std::optional<std::size_t> Doorkeeper::verdict(const transport::PeerAddress& peer, std::size_t /*listener*/) {
    if (!peer.is_loopback()) {
        const auto found = counts_.find(peer.key());
        const Counts counts = found == counts_.end() ? Counts{} : found->second;
        if (counts.connections >= rules_.connections_per_address) {
            refuse("connections-per-address");
            return std::nullopt;
        }
        if (counts.handshakes >= rules_.handshakes_per_address) {
            refuse("handshakes-per-address");
            return std::nullopt;
        }
    }
    const auto least = std::min_element(transports_.begin(), transports_.end(), [](const auto* a, const auto* b) {
        return a->connections() < b->connections();
    });
    return static_cast<std::size_t>(least - transports_.begin());
}

void Doorkeeper::accepted(UniqueFd socket, std::size_t thread, const transport::PeerAddress& peer, std::size_t listener) {
    if (!peer.is_loopback()) {
        Counts& counts = counts_[peer.key()];
        ++counts.connections;
        ++counts.handshakes;
    }
    transports_[thread]->hand_over(std::move(socket), listener, peer);
}

void Doorkeeper::on_turn_end() {
    std::vector<Change> changes;
    {
        const MutexLock lock(mutex_);
        changes.swap(changes_);
    }
    for (const Change& change : changes) {
        const auto found = counts_.find(change.address);
        if (found == counts_.end()) continue;
        Counts& counts = found->second;
        if (!change.was_established && counts.handshakes > 0) --counts.handshakes;
        if (change.is_gone && counts.connections > 0) --counts.connections;
        if (counts.connections == 0) counts_.erase(found);
    }
}

}  // namespace berth::host::gateway
