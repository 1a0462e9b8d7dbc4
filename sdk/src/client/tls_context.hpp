// SPDX-License-Identifier: MIT
/// Whom a connection trusts, and what it shows of itself.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

#include "client/failure.hpp"
#include "client/settings.hpp"

namespace berth::client::inner {

struct FreeTlsContext {
    void operator()(SSL_CTX* context) const noexcept;
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTlsContext>;

/// Reads the files; a failure names the one that can't be used. Each connection has a context of its own.
[[nodiscard]] Outcome<TlsContext> make_tls_context(const TlsSettings& settings);

/// The oldest error in the thread's queue of the TLS library, which is emptied; `otherwise` when there is
/// none.
[[nodiscard]] std::string tls_problem(const char* otherwise);

}  // namespace berth::client::inner
