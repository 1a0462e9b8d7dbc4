// SPDX-License-Identifier: MIT
/// The accept loop: one thread that owns the listening sockets and hands connections out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "gateway/transport/peer_address.hpp"

namespace berth::host::transport {

/// What becomes of a newcomer.
struct Verdict {
    std::optional<std::size_t> thread{};  ///< index of the I/O thread that shall have it; nothing: turned away
    /// Who is turned away gets these bytes first; when there are none its connection is reset. They must be few:
    /// what an empty socket buffer does not take is lost. [borrowed: until the next call]
    std::string_view answer{};
};

/// Decides about newcomers. All calls come on the accept thread, so its tables need no lock.
class AcceptHandler {
public:
    /// Before anything is read.
    virtual Verdict verdict(const PeerAddress& peer, std::size_t listener) = 0;
    /// Takes the socket for the thread that `verdict` named: `transports[thread]->hand_over(…)`.
    virtual void accepted(UniqueFd socket, std::size_t thread, const PeerAddress& peer,
                          std::size_t listener) = 0;
    /// What a newcomer is told for whom the process has no descriptor left; empty: its connection is reset.
    /// [borrowed: call]
    virtual std::string_view answer_without_descriptor([[maybe_unused]] std::size_t listener) { return {}; }
    /// At the beginning of each wake-up, before its verdicts: the place to take in what other threads reported meanwhile.
    virtual void on_wake_up() = 0;

protected:
    ~AcceptHandler() = default;
};

/// What happened at the door, ever increasing.
struct AcceptCounters {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;  ///< by `verdict`
    std::uint64_t without_descriptor =
        0;                     ///< accepted and closed at once: the process had no descriptor left for it
    std::uint64_t failed = 0;  ///< the peer was gone before it was accepted, or the system refused
};

/// Accepts from `listeners` until destroyed. Options that Linux hands on from a listening socket to those
/// accepted from it are set there once: no delay, send buffer 128 KiB, TCP_USER_TIMEOUT and keep-alive
/// (both notice a vanished peer even while its connection is paused).
///
/// When descriptors run out it frees a spare one to accept and turn away up to 64 that wait, then rests for
/// 100 ms: no spin, clients learn it at once, and it recovers by itself.
class Acceptor {
public:
    struct Settings {
        bool is_paused = false;                ///< whether it begins as after `pause`
        /// Descriptors from this number on are for others: who would get one is turned away. 0: none are.
        std::size_t descriptors_end = 0;
        Milliseconds unacknowledged{30'000};  ///< TCP_USER_TIMEOUT: for a peer that acknowledges nothing
    };

    /// Starts the thread. `handler` [borrowed: until the acceptor is gone].
    /// @param listeners listening stream sockets, in the order of the transport's `ListenerSettings`
    static Result<std::unique_ptr<Acceptor>> create(std::vector<UniqueFd> listeners, AcceptHandler& handler,
                                                    const Settings& settings);
    static Result<std::unique_ptr<Acceptor>> create(std::vector<UniqueFd> listeners, AcceptHandler& handler) {
        return create(std::move(listeners), handler, Settings{});
    }
    /// Stops accepting, joins the thread, closes the listening descriptors (other processes' copies stay).
    ~Acceptor();
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

    /// While paused, newcomers wait in the kernel's queue. [any thread]
    void pause();
    void resume();                                  ///< [any thread]
    /// One more listener, with the next number. [any thread]
    void add(UniqueFd listener);
    /// Nobody comes from there any more; those in the kernel's queue are for other holders of the socket. [any thread]
    void remove(std::size_t listener);
    /// For newcomers from now on. [any thread]
    void set_unacknowledged(Milliseconds limit);
    void wake();                                    ///< one more `on_wake_up` [any thread]
    [[nodiscard]] AcceptCounters counters() const;  ///< [any thread]

private:
    class Impl;
    explicit Acceptor(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace berth::host::transport
