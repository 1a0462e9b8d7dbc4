// SPDX-License-Identifier: MIT
/// The gateway: accepts, speaks WebSocket with the clients, and events with the workers (DESIGN §3).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/client_id.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "gateway/drain.hpp"
#include "gateway/figures.hpp"
#include "gateway/generation.hpp"
#include "gateway/rules.hpp"
#include "link/direct_link.hpp"
#include "tls/tls_settings.hpp"

namespace berth::host::gateway {

/// A listening socket and what is spoken on it.
struct Listener {
    UniqueFd socket;
    bool is_loopback = true;
    std::optional<tls::TlsSettings> tls;
    std::string address{};  ///< as it is configured, for errors
};

struct GatewaySettings {
    std::uint32_t incarnation = 0;  ///< counted by the supervisor: ids of an earlier gateway are never reused
    std::uint32_t io_threads = 1;   ///< 1 to io_threads_max
    HostRules rules;
    /// False: newcomers wait in the kernel's queue until `accept`, so that none is told that a project is unknown
    /// only because the gateway has not heard of it yet.
    bool accepts_at_once = true;
};

/// What changes while it runs. A listener keeps its number, its place in the order in which they came, for as long as
/// the gateway lives.
struct Reconfiguration {
    HostRules rules;
    std::vector<std::pair<std::size_t, tls::TlsSettings>> tls;  ///< for the handshakes to come, by listener
    /// Each has the next number, whatever becomes of it or of those beside it; nobody comes where it has no socket, or
    /// where what is to be spoken there cannot be.
    std::vector<Listener> added;
    std::vector<std::size_t> removed;  ///< nobody comes from there any more; who has come stays
};

/// What the gateway reports; calls come from its threads.
class GatewayObserver {
public:
    virtual ~GatewayObserver() = default;
    /// The worker broke the rules of the link and must be ended.
    virtual void on_violation(const std::string& project, std::uint64_t generation, const std::string& what) = 0;
    /// A retired generation that suspends its clients (Retirement) has no context left: its worker may end. Said before
    /// `on_retired`, which follows when they have gone on or away.
    virtual void on_suspended(const std::string& project, std::uint64_t generation) = 0;
    /// A retired generation has no client and no context left.
    virtual void on_retired(const std::string& project, std::uint64_t generation) = 0;
    /// After `stop`: everything is closed, or the limit has passed.
    virtual void on_stopped() = 0;
};

/// [any thread] throughout. Calls return at once; what they ask is done on the I/O threads in the order in which
/// it was asked. Those with a `then` call it once, from an I/O thread.
class Gateway {
public:
    static Result<std::unique_ptr<Gateway>> create(GatewaySettings settings, std::vector<Listener> listeners,
                                                   GatewayObserver& observer);
    /// Resets what is left. Workers in this process must have been stopped before.
    ~Gateway();

    [[nodiscard]] std::uint32_t io_threads() const;
    /// Takes newcomers from now on.
    void accept();

    /// Connections are not touched. `then` hears what could not be done, which is then done nowhere or on some threads:
    /// whoever asks has checked certificates and sockets before. More connections than at the start are not possible
    /// beyond the descriptors that were reserved then.
    void reconfigure(Reconfiguration change, std::function<void(Result<void>)> then);

    /// Rules of a project, and where its newcomers go. `lanes`, one per I/O thread, come with a new generation;
    /// empty, they only change the rules.
    void set_project(const ProjectRules& rules, std::uint64_t generation, std::vector<UniqueFd> lanes);
    /// As above, with a worker in this process.
    void set_project(const ProjectRules& rules, std::uint64_t generation,
                     const std::vector<std::shared_ptr<link::DirectLane>>& lanes);
    void retire(const std::string& project, std::uint64_t generation, const Retirement& how);
    /// The generation's process has died while it ran these.
    void worker_lost(const std::string& project, std::uint64_t generation, const std::vector<Interruption>& running);
    void forget(const std::string& project);

    void clients(const ClientFilter& filter, std::function<void(ClientPage)> then);
    /// `then` gets the number of clients that were meant.
    void disconnect(const ClientFilter& filter, const CloseOrder& order, std::function<void(std::uint64_t)> then);
    void send(const ClientFilter& filter, link::Kind kind, std::string payload,
              std::function<void(std::uint64_t)> then);
    void figures(std::function<void(GatewayFigures)> then);
    /// Closes the clients of a project, or (empty) of all, evenly over a time; `end_drain` lets those stay who are left. A
    /// drain ends by itself, and the last order for a name counts.
    void drain(const std::string& project, const DrainOrder& order);
    void end_drain(const std::string& project);
    /// `then` is called when each I/O thread has had a turn: a sign of life of all of them.
    void await_turns(std::function<void()> then);

    /// Accepts no more, closes everybody with 1001, and waits until their disconnections have been handled.
    void stop(Milliseconds within);

private:
    class Impl;
    explicit Gateway(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace berth::host::gateway
