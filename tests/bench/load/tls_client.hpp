// SPDX-License-Identifier: MIT
/// TLS 1.3 for the load: one context, one object a connection.
#pragma once

#include <openssl/ssl.h>

#include <memory>

namespace berth::bench {

struct FreeSsl {
    void operator()(SSL* ssl) const noexcept { ::SSL_free(ssl); }
    void operator()(SSL_CTX* context) const noexcept { ::SSL_CTX_free(context); }
};
using SslPtr = std::unique_ptr<SSL, FreeSsl>;

/// TLS 1.3 and nothing else; certificates are not looked at, sessions not resumed.
class TlsClient {
public:
    /// Throws Failure.
    TlsClient();

    /// The client's end on a connected socket, which stays the caller's.
    [[nodiscard]] SslPtr begin(int socket) const;

private:
    std::unique_ptr<SSL_CTX, FreeSsl> context_;
};

}  // namespace berth::bench
