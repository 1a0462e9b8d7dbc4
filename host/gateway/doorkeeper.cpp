// SPDX-License-Identifier: MIT
#include "gateway/doorkeeper.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "wire/refusal.hpp"

namespace berth::host::gateway {
namespace {

std::string too_many() {
    std::string response;
    wire::append_refusal(response, {429, "this address has as many connections as it may have", 5});
    return response;
}

}  // namespace

Doorkeeper::Doorkeeper(const HostRules& rules, std::vector<transport::Transport*> transports, std::vector<bool> encrypted)
    : rules_(rules), transports_(std::move(transports)), encrypted_(std::move(encrypted)), answer_(too_many()) {}

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

transport::Verdict Doorkeeper::refuse(const char* rule, const transport::PeerAddress& peer, std::size_t listener) {
    {
        const MutexLock lock(mutex_);
        ++refused_[rule];
    }
    log::info("client refused", {{"address", peer.text()},
                                 {"status", 429},
                                 {"rule", rule},
                                 {"remedy", "raise it in [host.limits] if this is no attack"}});
    return {.answer = encrypted_[listener] ? std::string_view{} : std::string_view{answer_}};
}

transport::Verdict Doorkeeper::verdict(const transport::PeerAddress& peer, std::size_t listener) {
    if (!peer.is_loopback()) {
        const auto found = counts_.find(peer.key());
        const Counts counts = found == counts_.end() ? Counts{} : found->second;
        if (counts.connections >= rules_.connections_per_address) return refuse("connections-per-address", peer, listener);
        if (counts.handshakes >= rules_.handshakes_per_address) return refuse("handshakes-per-address", peer, listener);
    }
    const auto least = std::min_element(transports_.begin(), transports_.end(), [](const auto* a, const auto* b) {
        return a->connections() < b->connections();
    });
    return {.thread = static_cast<std::size_t>(least - transports_.begin())};
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
