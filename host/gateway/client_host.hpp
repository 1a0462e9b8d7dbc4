// SPDX-License-Identifier: MIT
/// What a client needs of its I/O thread.
#pragma once

#include <optional>
#include <string_view>

#include "base/client_id.hpp"
#include "gateway/compression.hpp"
#include "gateway/door.hpp"
#include "gateway/frame_store.hpp"
#include "gateway/generation.hpp"
#include "gateway/timer_wheel.hpp"

namespace berth::host::gateway {

class Client;

/// Implemented by the I/O thread; all calls on it.
class ClientHost {
public:
    virtual ~ClientHost() = default;

    [[nodiscard]] virtual TimePoint now() const = 0;
    [[nodiscard]] virtual TimerWheel& wheel() = 0;
    /// What waits for the clients' sockets.
    [[nodiscard]] virtual FrameStore& frames() = 0;
    /// What compresses for those clients that want it.
    [[nodiscard]] virtual Compressor& compressor() = 0;
    [[nodiscard]] virtual const HostRules& host_rules() const = 0;
    [[nodiscard]] virtual bool is_loopback(std::size_t listener) const = 0;
    [[nodiscard]] virtual ProjectEntry* find_project(std::string_view name) = 0;
    /// Memory has run so short that nobody is read.
    [[nodiscard]] virtual bool is_out_of_memory() const = 0;
    /// Memory has run so short that nobody is read of whom every event is kept until it is done.
    [[nodiscard]] virtual bool is_shedding() const = 0;
    /// A connection that had no project yet was ended by that limit.
    virtual void count_limit(std::string_view limit) = 0;
    /// How much longer clients of this address may not come to this project; 0: they may.
    [[nodiscard]] virtual Milliseconds shut_out(const std::string& project, const transport::PeerAddress& peer) = 0;
    /// The same for clients with a token of this user; empty: nobody in particular, who may.
    [[nodiscard]] virtual Milliseconds shut_out(const std::string& project, const std::string& user) = 0;
    /// Clients of all projects, over all I/O threads.
    [[nodiscard]] virtual std::size_t connections_of_host() const = 0;
    /// Gives the client an id and counts it as an occupant; 0 when the ids of this thread are exhausted.
    [[nodiscard]] virtual ClientId admit(Client& client, GenerationEntry& generation) = 0;
    /// The client is gone: takes back what `admit` gave.
    virtual void left(Client& client) = 0;
    /// A newcomer that came while its project's worker is restarted: asked to `arrive` again when there is one, or when
    /// there will be none. Answers false when too many wait already.
    [[nodiscard]] virtual bool park(Client& client, ProjectEntry& project) = 0;
    /// The client has bytes to write: its `flush` is called at the end of the turn.
    virtual void mark_dirty(Client& client) = 0;
    /// A trusted proxy names that client: counts the connection for it, too, or answers why it may not come in.
    [[nodiscard]] virtual std::optional<DoorRefusal> enter(const transport::PeerAddress& client) = 0;
    /// The handshake has ended well: the connection no longer counts as one in handshake.
    virtual void established(const Client& client) = 0;
    /// A newcomer was refused; `project` is null when it was not known yet.
    virtual void count_refusal(ProjectEntry* project, std::string_view rule) = 0;
};

}  // namespace berth::host::gateway
