// SPDX-License-Identifier: MIT
/// A handshake in memory, before a certificate is shown to anybody.
#pragma once

#include <openssl/ssl.h>

#include "base/result.hpp"

namespace berth::host::tls {

/// Shakes hands as a client would that trusts this very certificate: once for each protocol version that the context takes.
/// Finds what no look at the parts does: keys and curves that clients do not accept, and certificates that are not a
/// server's. `server` is configured, and is not changed. [any thread]
/// @return an error with the version and what one of the two ends says.
[[nodiscard]] Result<void> try_handshake(SSL_CTX* server);

}  // namespace berth::host::tls
