// SPDX-License-Identifier: MIT
/// An OpenSSL server context from `TlsSettings`: the one place where protocol, ciphers and key are set
/// (RELIABILITY §4.3). For the transport only; everybody else includes `tls_settings.hpp`.
#pragma once

#include <openssl/ssl.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "tls/tls_settings.hpp"

namespace berth::host::tls {

struct FreeContext {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using ServerContext = std::unique_ptr<SSL_CTX, FreeContext>;

/// Sets everything on a context that is fresh from `SSL_CTX_new`: versions, AEAD ciphers with forward
/// secrecy, groups, ALPN http/1.1 only, neither tickets, session cache, renegotiation nor compression,
/// partial writes from moving buffers, certificate, chain and key.
/// @return the errors of `check_tls`; the context is then not fit for use.
[[nodiscard]] Result<void> configure_server_context(SSL_CTX* context, const TlsSettings& settings);

/// A new context, configured.
[[nodiscard]] Result<ServerContext> make_server_context(const TlsSettings& settings);

/// The contexts of a listener's certificates by name.
class NamedContexts {
public:
    /// Those of `settings.by_name`; the error names the pair by its number, from 1.
    static Result<NamedContexts> make(const TlsSettings& settings);

    /// Whose certificate is for that host: null, and the listener's own is shown. [borrowed: as long as this]
    [[nodiscard]] SSL_CTX* find(std::string_view host) const;
    [[nodiscard]] const std::vector<ServerContext>& all() const { return contexts_; }

private:
    std::vector<ServerContext> contexts_;
    std::map<std::string, SSL_CTX*, std::less<>> by_name_;  ///< wildcards with their asterisk
};

}  // namespace berth::host::tls
