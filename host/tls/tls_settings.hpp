// SPDX-License-Identifier: MIT
/// What a TLS listener needs, and a check of it that touches no socket.
///
/// The supervisor reads certificate and key and checks them before it hands them on; the gateway never
/// sees a file name. No OpenSSL type appears here.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace berth::host::tls {

/// The TLS side of one listener. `certificate_pem` is the leaf followed by its chain.
struct TlsSettings {
    std::string certificate_pem;
    std::string key_pem;
    std::string minimum = "1.2";  ///< lowest protocol version that is accepted: "1.2" or "1.3"
};

/// Builds a scratch context as a listener would, and throws it away. [any thread]
/// @return an error that says which part is wrong: the certificate (or the n-th of its chain) or the key
///         is no PEM, the key doesn't belong to the certificate, the certificate is expired or not yet
///         valid, `minimum` is unknown. The caller prefixes the files' names.
[[nodiscard]] Result<void> check_tls(const TlsSettings& settings);

/// When the first certificate ends to be valid, in seconds since 1970. [any thread]
/// @return an error when there is none that can be read.
[[nodiscard]] Result<std::int64_t> certificate_expiry(const std::string& certificate_pem);

}  // namespace berth::host::tls
