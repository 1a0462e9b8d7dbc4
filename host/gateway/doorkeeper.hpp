// SPDX-License-Identifier: MIT
/// Decides about accepted sockets before anything is read: limits per address, which I/O thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.hpp"
#include "gateway/rules.hpp"
#include "gateway/transport/acceptor.hpp"
#include "gateway/transport/transport.hpp"

namespace berth::host::gateway {

/// Its tables belong to the accept thread; what happens to connections later is reported from other threads
/// and taken in once a turn.
class Doorkeeper final : public transport::AcceptHandler {
public:
    /// @param encrypted for each listener, whether it speaks TLS: nobody can be answered there before the handshake
    Doorkeeper(const HostRules& rules, std::vector<transport::Transport*> transports, std::vector<bool> encrypted);

    /// The handshake of a connection from there has ended well. [any thread]
    void established(const transport::PeerAddress& peer) BERTH_EXCLUDES(mutex_);
    /// A connection from there is gone. [any thread]
    void gone(const transport::PeerAddress& peer, bool was_established) BERTH_EXCLUDES(mutex_);
    /// Those turned away at the door, by rule. [any thread]
    [[nodiscard]] std::map<std::string, std::uint64_t> refused() const BERTH_EXCLUDES(mutex_);

    // AcceptHandler [accept thread]
    transport::Verdict verdict(const transport::PeerAddress& peer, std::size_t listener) override;
    void accepted(UniqueFd socket, std::size_t thread, const transport::PeerAddress& peer, std::size_t listener) override;
    void on_turn_end() override;

private:
    using Key = transport::PeerAddress::Key;
    struct Counts {
        std::size_t connections = 0;
        std::size_t handshakes = 0;
    };
    struct Change {
        Key address;
        bool is_gone = false;
        bool was_established = false;
    };
    transport::Verdict refuse(const char* rule, const transport::PeerAddress& peer, std::size_t listener)
        BERTH_EXCLUDES(mutex_);

    const HostRules rules_;
    const std::vector<transport::Transport*> transports_;
    const std::vector<bool> encrypted_;
    const std::string answer_;
    std::unordered_map<Key, Counts> counts_;
    mutable Mutex mutex_;
    std::vector<Change> changes_ BERTH_GUARDED_BY(mutex_);
    std::map<std::string, std::uint64_t> refused_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::host::gateway
