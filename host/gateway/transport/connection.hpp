// SPDX-License-Identifier: MIT
/// One accepted socket, plain or TLS, on the thread of its `Transport`.
///
/// Life: `on_open` (accepted, nothing read) → TLS handshake → `on_head` (the request, as it comes) →
/// `establish()` → `on_data` … → `on_closed`, exactly once, after which the object is gone. Everything
/// here belongs to the transport's thread, and every call is allowed inside every callback and also after
/// the connection has begun to close, when it does nothing.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/transport/deadlines.hpp"
#include "gateway/transport/peer_address.hpp"
#include "gateway/transport/unread_bytes.hpp"

struct lws;
struct ssl_st;

namespace berth::host::transport {

class Loop;

/// Why a connection ended.
enum class CloseReason {
    peer,               ///< the peer ended it: FIN, or close_notify over TLS
    reset,              ///< the network ended it: RST, unreachable
    tls_failure,        ///< no TLS, or broken TLS, from the peer
    handshake_timeout,  ///< the TLS handshake wasn't finished in time
    head_timeout,       ///< `establish()` didn't come in time
    blocked,            ///< the peer took nothing for `TransportSettings::blocked_write`
    tls_flood,          ///< the peer began one TLS handshake, or change of keys, after the other
    unacknowledged,     ///< the peer acknowledged nothing for so long that the kernel gave it up (TCP_USER_TIMEOUT)
    local,              ///< `shutdown()`, `abort()` or the end of the transport
};

[[nodiscard]] std::string_view name_of(CloseReason reason);

/// What was agreed in the TLS handshake.
struct TlsFacts {
    std::string version;         ///< "TLSv1.3"
    std::string cipher;          ///< "TLS_AES_256_GCM_SHA384"
    std::string alpn;            ///< "http/1.1", or "" when the client offered nothing we know
    std::string server_name;     ///< SNI, "" when none was sent
    std::string client_subject;  ///< RFC 2253 text of the verified client certificate, "" when none
};

/// See the top of the file. Made and owned by `Transport`; a reference is good until `on_closed` returns.
class Connection {
public:
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// The handler's own; the transport neither reads nor frees it.
    void* user = nullptr;

    [[nodiscard]] const PeerAddress& peer() const { return peer_; }
    /// Index into the listeners given to `Transport::create`.
    [[nodiscard]] std::size_t listener() const { return listener_; }
    [[nodiscard]] bool is_tls() const { return is_tls_; }
    /// Empty strings on a plain connection and before the handshake has ended.
    [[nodiscard]] TlsFacts tls_facts() const;

    /// Writes what the kernel takes now and never blocks.
    /// @return the bytes taken, always a prefix. When that is less than was given, the rest stays the
    ///         caller's, and `on_writable` tells when to go on; the next write must begin with that rest.
    ///         A connection that is closing takes nothing.
    /// Gather: over TLS, pieces are packed into full records; one call with all pieces is the cheap way.
    std::size_t write(std::span<const iovec> pieces);
    std::size_t write(std::string_view bytes);

    /// The request is accepted and the 101 is written or kept as the caller's rest: ends the head
    /// time-out, and from the next bytes on `on_data` is called instead of `on_head`. Inside `on_head`,
    /// what that call was given stays the handler's, all of it.
    void establish();
    [[nodiscard]] bool is_established() const { return is_established_; }

    /// No `on_head` or `on_data` until `resume_reading()`. A reset is noticed while paused; a FIN isn't
    /// before reading goes on, so whoever pauses bounds it. Not nested: once is enough, and so is resuming.
    void pause_reading();
    /// Bytes that `on_data` left are given again first, later in this turn of the loop, not inside the call.
    void resume_reading();
    [[nodiscard]] bool is_reading_paused() const { return paused_; }
    /// From now on at most so many bytes are read in a turn of the loop, and over TLS at most a record where that is more;
    /// never more than `TransportSettings::read_budget`. For those whose bytes cost more than others'.
    void limit_reading(std::size_t bytes) { read_bytes_max_ = bytes; }
    /// Memory of what was read and left by the handler, and of what a TLS record waits for.
    [[nodiscard]] std::size_t held_bytes() const { return unread_.held_bytes() + unsent_.capacity(); }

    /// Ends politely: close_notify over TLS, FIN, then what still comes is dropped until the peer's FIN or
    /// `TransportSettings::close`; then `on_closed(local)`. No other callback comes in between. Call it
    /// when the last `write` was taken whole; a rest can't be written any more.
    void shutdown();
    /// Ends at once with a reset. `on_closed(local)` comes in this turn of the loop, not inside the call.
    void abort();
    /// False from the moment the connection begins to close, by either side.
    [[nodiscard]] bool is_open() const { return phase_ != Phase::lingering && phase_ != Phase::closing; }

private:
    friend class Loop;
    enum class Phase : std::uint8_t {
        waiting,    ///< adopted, silent: only a descriptor in our epoll set
        library,    ///< libwebsockets reads: TLS handshake, then the request
        own,        ///< we read
        lingering,  ///< after `shutdown()`: we read and drop
        closing,    ///< `on_closed` comes when the batch of events is over
    };

    Connection(Loop& loop, int fd, std::size_t listener, bool is_tls, const PeerAddress& peer)
        : loop_(loop), peer_(peer), listener_(listener), fd_(fd), is_tls_(is_tls) {}
    ~Connection() = default;
    friend struct std::default_delete<Connection>;

    static constexpr std::uint32_t unarmed = ~std::uint32_t{0};

    Loop& loop_;
    PeerAddress peer_;
    std::size_t listener_;
    std::uint64_t token_ = 0;  // In the poller.
    lws* wsi_ = nullptr;       // Owns fd_ and ssl_ while set.
    ssl_st* ssl_ = nullptr;
    int fd_;
    std::uint32_t armed_ = unarmed;  // The epoll mask, since we read.
    Phase phase_ = Phase::waiting;
    CloseReason reason_ = CloseReason::local;
    bool is_tls_;
    bool is_handshaken_ = false;  // Plain: from the start.
    bool is_established_ = false;
    bool paused_ = false;
    bool is_ready_ = false;          // In the list of those to read without waiting.
    bool wants_write_ = false;       // A `write` wasn't taken whole.
    bool end_is_unsent_ = false;     // close_notify waits for room.
    bool write_needs_read_ = false;  // OpenSSL: the other direction must move first.
    bool read_needs_write_ = false;
    std::uint16_t handshake_minute_ = 0;   // When the peer last sent a handshake message after the handshake,
    std::uint16_t handshake_records_ = 0;  // and how many within that minute.
    std::vector<char> unsent_;  // TLS: plaintext of a record that OpenSSL has begun to send.
    UnreadBytes unread_;        // What `on_data` left.
    std::size_t read_bytes_max_ = std::numeric_limits<std::size_t>::max();  // In a turn.
    Deadline deadline_{*this};  // Handshake, then head; then, after `shutdown()`, close.
    Deadline blocked_{*this};
};

}  // namespace berth::host::transport
