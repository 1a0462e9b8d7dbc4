// SPDX-License-Identifier: MIT
/// What a TLS listener needs, and a check of it that touches no socket.
///
/// The supervisor reads certificate and key and checks them before it hands them on; the gateway never
/// sees a file name. No OpenSSL type appears here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth::host::tls {

/// A certificate, followed by its chain, and its key.
struct CertificatePair {
    std::string certificate_pem;
    std::string key_pem;
};

/// The TLS side of one listener. `certificate_pem` is the leaf followed by its chain.
struct TlsSettings {
    std::string certificate_pem;  ///< shown where the client names no host, or one that no other certificate has
    std::string key_pem;
    std::string minimum = "1.2";  ///< lowest protocol version that is accepted: "1.2" or "1.3"
    /// Shown to clients that ask for a host of theirs (RFC 6066 §3): for the name itself before a wildcard, and the first
    /// in this order before the others.
    std::vector<CertificatePair> by_name{};
};

/// Builds a scratch context as a listener would, has it shake hands with a client in memory, and throws both away. [any thread]
/// @return an error that says which part is wrong: the certificate (or the n-th of its chain) or the key
///         is no PEM, the key doesn't belong to the certificate, the certificate is expired or not yet
///         valid, `minimum` is unknown, a client that trusts it cannot shake hands with it. The caller prefixes the files' names.
[[nodiscard]] Result<void> check_tls(const TlsSettings& settings);

/// As above, of one pair of `by_name`: it must name a host besides.
[[nodiscard]] Result<void> check_tls_by_name(const CertificatePair& pair, const std::string& minimum);

/// The DNS names of the first certificate (RFC 6125 §6.4: its subject alternative names), in lower case; "*.example.org"
/// stands for one label. [any thread]
/// @return an error when there is no certificate that can be read.
[[nodiscard]] Result<std::vector<std::string>> certificate_names(const std::string& certificate_pem);

/// Whether names of a certificate, as `certificate_names` tells them, are for that host; a wildcard for one label.
[[nodiscard]] bool is_named(std::string_view host, const std::vector<std::string>& names);

/// When the first certificate ends to be valid, in seconds since 1970. [any thread]
/// @return an error when there is none that can be read.
[[nodiscard]] Result<std::int64_t> certificate_expiry(const std::string& certificate_pem);

}  // namespace berth::host::tls
