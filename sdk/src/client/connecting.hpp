// SPDX-License-Identifier: MIT
/// From a URL to an open WebSocket: name, TCP, proxy, TLS, handshake, all within one time limit.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

#include "client/failure.hpp"
#include "client/lookup.hpp"
#include "client/random.hpp"
#include "client/settings.hpp"
#include "client/stream.hpp"
#include "client/waiter.hpp"

namespace berth::client::inner {

/// An open connection.
struct Opened {
    std::unique_ptr<Stream> stream;
    std::string subprotocol;
    std::string first_bytes;  ///< frames that came along with the answer
};

/// Waits in `waiter` only, so that it ends at the deadline and when the waiter is told to give up. `tls` is
/// needed for a secure URL, `lookup` is that of the proxy's host, or else the URL's. A failure begins with where it was that it
/// wanted to go.
[[nodiscard]] Outcome<Opened> connect(const Settings& settings, const wire::Url& url, SSL_CTX* tls,
                                      Lookup& lookup, Waiter& waiter, Random& random, TimePoint deadline);

}  // namespace berth::client::inner
