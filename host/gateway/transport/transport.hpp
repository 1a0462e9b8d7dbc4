// SPDX-License-Identifier: MIT
/// The only way of the gateway to its clients' sockets: adopt · readable · write · close.
///
/// One per I/O thread. It owns that thread's epoll loop, in which the loop of one libwebsockets context is
/// nested: the library carries adoption, TLS handshake and life cycle; once a connection stands its bytes
/// move by our own reads and writes on the same descriptor. Nothing of the library, of its event loop
/// or of OpenSSL appears in these headers, so that either can be replaced behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "gateway/transport/connection.hpp"
#include "gateway/transport/handler.hpp"
#include "tls/tls_settings.hpp"

namespace berth::host::transport {

/// Limits. The time-outs are absolute: bytes that arrive don't extend them, except `blocked_write`.
struct TransportSettings {
    /// Connections of this thread that aren't established yet; a newcomer beyond is reset (`has_room` asks before).
    /// Each costs up to 40 KB while its TLS handshake is under way.
    std::size_t young_connections_max = 2000;
    Milliseconds tls_handshake{5'000};     ///< from adoption to the end of the TLS handshake
    Milliseconds head{10'000};             ///< from adoption (TLS: end of the handshake) to `establish()`
    Milliseconds close{2'000};             ///< from `shutdown()` to the peer's FIN
    Milliseconds blocked_write{10'000};    ///< a peer that takes none of what waits for it
    std::size_t read_budget = 256 * 1024;  ///< bytes read from one connection in one turn of the loop
};

/// A listener as the transport sees it: plain, or TLS. The socket itself is the `Acceptor`'s.
struct ListenerSettings {
    std::optional<tls::TlsSettings> tls;
};

/// See the top of the file. [transport's thread] throughout, where not said otherwise; the thread is the
/// one that calls `run` or `run_once`, and need not be the one that created it.
class Transport {
public:
    /// Creates the transports of all I/O threads together, before any of them runs: libwebsockets keeps
    /// OpenSSL indexes for the whole process that each new context renews. Call `set_descriptor_limit`
    /// before. `handlers` [borrowed: until the transport is gone], one per transport.
    static Result<std::vector<std::unique_ptr<Transport>>> create(
        const TransportSettings& settings, const std::vector<ListenerSettings>& listeners,
        const std::vector<TransportHandler*>& handlers);

    /// Connections that are still there are reset, and `on_closed(local)` comes for each. Call it on the
    /// thread that ran the loop or after that thread has ended.
    ~Transport();
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    /// Takes a connected stream socket. `on_open` comes inside the call.
    /// @return the connection; or an error, when the descriptor is closed: too many young connections,
    ///         `listener` unknown, or the system refused it.
    Result<Connection*> adopt(UniqueFd socket, std::size_t listener, const PeerAddress& peer);
    /// As `adopt`, from elsewhere: it happens in the loop's next turn. [any thread]
    void hand_over(UniqueFd socket, std::size_t listener, const PeerAddress& peer);

    /// Certificate, key and minimum for the handshakes that begin from now on; those under way and the
    /// established connections keep theirs.
    /// @return an error, and nothing changes, when `check_tls` would refuse them or the listener is plain.
    Result<void> replace_tls(std::size_t listener, const tls::TlsSettings& settings);

    /// Limits for what begins from now on; deadlines that are set already stay, and those behind them in their list
    /// may come that much late. The read budget stays as it was.
    void set_limits(const TransportSettings& settings);
    /// One more listener, with the next number. All transports must get the same ones in the same order.
    Result<std::size_t> add_listener(const ListenerSettings& settings);
    /// The next number is used up by a listener that could not be added; nobody can come from there.
    void skip_listener();

    /// `events` are EPOLLIN and EPOLLOUT, level-triggered; the callback gets what epoll reported (also
    /// EPOLLHUP and EPOLLERR). It may watch and unwatch anything, itself too. The descriptor stays the
    /// caller's and must be unwatched before it is closed.
    using WatchCallback = std::function<void(std::uint32_t events)>;
    Result<void> watch(int fd, std::uint32_t events, WatchCallback callback);
    Result<void> change_watch(int fd, std::uint32_t events);
    void unwatch(int fd);

    /// Waits for events, at most `wait`, and handles one batch.
    void run_once(Milliseconds wait);
    /// Runs until `stop()`, waiting as long as `on_turn_end` allows.
    void run();
    void stop();  ///< `run` returns after the turn under way [any thread]
    void wake();  ///< one more turn, so one more `on_turn_end` [any thread]

    [[nodiscard]] TimePoint now() const;            ///< when this turn began; read from the clock once a turn
    [[nodiscard]] std::size_t connections() const;  ///< adopted and not closed yet [any thread]
    /// Not established yet, those handed over included. [any thread]
    [[nodiscard]] std::size_t young_connections() const;
    /// Whether one more newcomer is within `young_connections_max`. Who alone hands over can rely on it. [any thread]
    [[nodiscard]] bool has_room() const;

private:
    explicit Transport(std::unique_ptr<Loop> loop);
    std::unique_ptr<Loop> loop_;
};

}  // namespace berth::host::transport
