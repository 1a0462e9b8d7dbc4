// SPDX-License-Identifier: MIT
/// Decides about accepted sockets before anything is read: limits and rates of addresses, which I/O thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.hpp"
#include "gateway/door.hpp"
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

/// Verdicts are asked for on the accept thread, what happens to connections later is reported from others. An address is
/// remembered for as long as it has connections, and until its rate has recovered. A connection counts for its peer, which is
/// exempt where it is loopback or a trusted proxy, and, once its request has been read, for whom that proxy names.
class Doorkeeper final : public transport::AcceptHandler {
public:
    /// @param encrypted for each listener, whether it speaks TLS: nobody can be answered there before the handshake
    /// @param memory [borrowed: until the doorkeeper is gone]
    Doorkeeper(const HostRules& rules, std::vector<transport::Transport*> transports, std::vector<bool> encrypted,
               const MemoryWatch& memory);

    /// A trusted proxy's connection turns out to be that client's: counts it for the client as well, or answers why it may not
    /// come in. Whom this lets in is reported by `established` and `gone` like a peer. [any thread]
    std::optional<DoorRefusal> enter(const transport::PeerAddress& client) BERTH_EXCLUDES(mutex_);
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
    void accepted(UniqueFd socket, std::size_t thread, const transport::PeerAddress& peer, std::size_t listener) override
        BERTH_EXCLUDES(mutex_);
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
    /// The rule that keeps this address out, or null.
    const DoorRule* check(const transport::PeerAddress& address, TimePoint now) BERTH_REQUIRES(mutex_);
    void count(const transport::PeerAddress& address) BERTH_REQUIRES(mutex_);
    transport::Verdict refuse(const DoorRule& rule, const transport::PeerAddress& peer, std::size_t listener)
        BERTH_EXCLUDES(mutex_);
    [[nodiscard]] std::string_view answer(const DoorRule& rule, std::size_t listener) BERTH_EXCLUDES(mutex_);
    void forget_visitors(TimePoint now) BERTH_REQUIRES(mutex_);

    const std::vector<transport::Transport*> transports_;
    const MemoryWatch& memory_;
    std::map<const DoorRule*, std::string> answers_;
    TimePoint next_forgetting_{};
    TimePoint logged_second_{};
    unsigned logged_in_second_ = 0;
    mutable Mutex mutex_;
    HostRules rules_ BERTH_GUARDED_BY(mutex_);
    std::vector<bool> encrypted_ BERTH_GUARDED_BY(mutex_);
    std::unordered_map<Key, Visitor> visitors_ BERTH_GUARDED_BY(mutex_);
    TokenBucket recent_ BERTH_GUARDED_BY(mutex_);  ///< of all addresses
    std::map<std::string, std::uint64_t> refused_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::host::gateway
