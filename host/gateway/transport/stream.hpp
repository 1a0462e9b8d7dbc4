// SPDX-License-Identifier: MIT
/// Bytes on a standing connection: recv and send, or SSL_read and SSL_write. Nothing here waits.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <vector>

struct ssl_st;

namespace berth::host::transport {

/// How a read or write ended.
enum class Outcome {
    more,         ///< stopped by the buffer or the budget: there may be more, perhaps inside OpenSSL
    drained,      ///< nothing more now; wait for readability or writability, as the call suggests
    needs_read,   ///< a TLS write must read first
    needs_write,  ///< a TLS read must write first (the answer to a key update)
    ended,        ///< FIN, or close_notify
    reset,        ///< the network failed
    broken,       ///< the peer broke TLS
};

struct Moved {
    std::size_t bytes = 0;
    Outcome outcome = Outcome::drained;
};

/// Largest piece of plaintext in one TLS record (RFC 8446 §5.1).
inline constexpr std::size_t tls_record_bytes = 16384;

/// One recv.
[[nodiscard]] Moved read_plain(int fd, std::span<char> buffer);
/// SSL_read until `buffer` has no room for a whole record, or nothing is there.
[[nodiscard]] Moved read_tls(ssl_st* ssl, std::span<char> buffer);

/// One send or sendmsg (more only beyond IOV_MAX pieces). `drained`: the kernel took less than all.
[[nodiscard]] Moved write_plain(int fd, std::span<const iovec> pieces);
/// Packs the pieces into full records. A record that is begun but not sent whole counts as taken, and its
/// plaintext is kept in `unsent` (OpenSSL wants it again): until `flush_tls` has emptied it, don't write.
[[nodiscard]] Moved write_tls(ssl_st* ssl, std::span<const iovec> pieces, std::vector<char>& unsent);
/// Sends the record that `write_tls` left. `more`: it is gone, write on.
[[nodiscard]] Moved flush_tls(ssl_st* ssl, std::vector<char>& unsent);
/// Sends close_notify. `ended`: done, or it can't be; `drained`: try again when writable.
[[nodiscard]] Outcome end_tls(ssl_st* ssl);

/// Prepares a TLS object for the functions above, after the handshake.
void take_over_tls(ssl_st* ssl);
/// Whether the peer has ended its side in order.
[[nodiscard]] bool got_close_notify(ssl_st* ssl);
/// Whether bytes of the peer are inside OpenSSL, where epoll doesn't see them.
[[nodiscard]] bool holds_bytes(ssl_st* ssl);

}  // namespace berth::host::transport
