// SPDX-License-Identifier: MIT
/// What a `Transport` tells its user. All calls come on the transport's thread, one at a time.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "gateway/transport/connection.hpp"

namespace berth::host::transport {

/// Implemented by the gateway's I/O thread. A callback may call anything on any connection and on the
/// transport; closing never frees inside a callback. `on_closed` follows every `on_open`, exactly once.
class TransportHandler {
public:
    /// A descriptor was adopted; nothing has been read and no TLS spoken.
    virtual void on_open(Connection& connection) = 0;

    /// The TLS handshake is complete; not said of a plain connection. Comes from within OpenSSL: for taking note, and for
    /// nothing that reads, writes or closes.
    virtual void on_handshaken(Connection& connection) = 0;

    /// Bytes before `establish()`, as they come [borrowed: call]. Comes again while the handshake waits for
    /// an answer from elsewhere: the peer is then early (RFC 6455 §4.1) and the handler decides what to
    /// do with it (`pause_reading()` stops it).
    virtual void on_head(Connection& connection, std::string_view bytes) = 0;

    /// Bytes after `establish()`, in the thread's read buffer: may be changed in place [borrowed: call].
    /// @return how many were used. A rest is kept by the transport, reading is paused, and the rest is
    ///         given again after `resume_reading()`; so a codec may stop between two frames.
    virtual std::size_t on_data(Connection& connection, std::span<char> bytes) = 0;

    /// After the last `on_data` of a connection's turn: the moment to write what was gathered.
    virtual void on_read_turn_end(Connection& connection) = 0;

    /// After a `write` that wasn't taken whole: the kernel takes bytes again.
    virtual void on_writable(Connection& connection) = 0;

    /// The connection is gone when this returns. `user` is still what the handler set.
    virtual void on_closed(Connection& connection, CloseReason reason) = 0;

    /// A descriptor given to `Transport::hand_over` wasn't adopted (too many young connections, since
    /// `has_room` was asked or because it was not, or an error); it is closed. No `on_open` has come for it.
    virtual void on_refused(const PeerAddress& peer, std::size_t listener) = 0;

    /// After each batch of events and each wake-up: flush lanes and corks, run timers, take other threads'
    /// messages. `now` is the time at which the batch began.
    /// @return how long the next wait may last at most; `Milliseconds::max()` when nothing is due.
    virtual Milliseconds on_turn_end(TimePoint now) = 0;

protected:
    ~TransportHandler() = default;
};

}  // namespace berth::host::transport
