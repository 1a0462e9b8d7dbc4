// SPDX-License-Identifier: MIT
/// Decides about accepted sockets before anything is read: limits and rates of addresses, which I/O thread.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.hpp"
#include "gateway/memory_watch.hpp"
#include "gateway/rules.hpp"
#include "gateway/token_bucket.hpp"
#include "gateway/transport/acceptor.hpp"
#include "gateway/transport/transport.hpp"

namespace berth::host::gateway {

/// A rule of the door, and what those are told whom it turns away.
struct DoorRule {
    const char* name;
    std::uint16_t status;
    const char* sentence;
    const char* remedy;
};

/// Its tables belong to the accept thread; what happens to connections later is reported from other threads
/// and taken in before the next verdicts. An address is remembered for as long as it has connections, and until its rate has
/// recovered.
class Doorkeeper final : public transport::AcceptHandler {
public:
    /// @param encrypted for each listener, whether it speaks TLS: nobody can be answered there before the handshake
    /// @param memory [borrowed: until the doorkeeper is gone]
    Doorkeeper(const HostRules& rules, std::vector<transport::Transport*> transports, std::vector<bool> encrypted,
               const MemoryWatch& memory);

    /// The handshake of a connection from there has ended well. [any thread]
    void established(const transport::PeerAddress& peer) BERTH_EXCLUDES(mutex_);
    /// A connection from there is gone. [any thread]
    void gone(const transport::PeerAddress& peer, bool was_established) BERTH_EXCLUDES(mutex_);
    /// Those turned away at the door, by rule. [any thread]
    [[nodiscard]] std::map<std::string, std::uint64_t> refused() const BERTH_EXCLUDES(mutex_);

    void set_rules(const HostRules& rules) BERTH_EXCLUDES(mutex_);  ///< [any thread]
    /// One more listener, before anybody comes from there. [any thread]
    void add_listener(bool is_encrypted) BERTH_EXCLUDES(mutex_);

    // AcceptHandler [accept thread]
    transport::Verdict verdict(const transport::PeerAddress& peer, std::size_t listener) override BERTH_EXCLUDES(mutex_);
    void accepted(UniqueFd socket, std::size_t thread, const transport::PeerAddress& peer, std::size_t listener) override;
    std::string_view answer_without_descriptor(std::size_t listener) override BERTH_EXCLUDES(mutex_);
    void on_wake_up() override BERTH_EXCLUDES(mutex_);

private:
    using Key = transport::PeerAddress::Key;
    /// What is known of an address.
    struct Visitor {
        std::size_t connections = 0;
        std::size_t handshakes = 0;
        TokenBucket recent;
    };
    struct Change {
        Key address;
        bool is_gone = false;
        bool was_established = false;
    };
    /// The rule that keeps this one out, or null.
    const DoorRule* check(const transport::PeerAddress& peer, const HostRules& rules, TimePoint now);
    transport::Verdict refuse(const DoorRule& rule, const transport::PeerAddress& peer, std::size_t listener)
        BERTH_EXCLUDES(mutex_);
    [[nodiscard]] std::string_view answer(const DoorRule& rule, std::size_t listener) BERTH_EXCLUDES(mutex_);
    void forget_visitors(const HostRules& rules, TimePoint now);

    const std::vector<transport::Transport*> transports_;
    const MemoryWatch& memory_;
    std::map<const DoorRule*, std::string> answers_;
    std::unordered_map<Key, Visitor> visitors_;
    TokenBucket recent_;  ///< of all addresses
    TimePoint next_forgetting_{};
    TimePoint logged_second_{};
    unsigned logged_in_second_ = 0;
    mutable Mutex mutex_;
    HostRules rules_ BERTH_GUARDED_BY(mutex_);
    std::vector<bool> encrypted_ BERTH_GUARDED_BY(mutex_);
    std::vector<Change> changes_ BERTH_GUARDED_BY(mutex_);
    std::map<std::string, std::uint64_t> refused_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::host::gateway
