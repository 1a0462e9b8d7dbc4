// SPDX-License-Identifier: MIT
/// Keys and certificates, made when the test runs.
#pragma once

#include <string>

namespace berth::test {

/// A server's certificate and the authority that signed it, as PEM text.
struct Certificate {
    std::string certificate_pem;
    std::string key_pem;
    std::string authority_pem;
};

/// What a certificate says.
struct CertificateFacts {
    const char* names = "DNS:localhost,IP:127.0.0.1";
    long from_s = -3600;  ///< seconds from now
    long to_s = 90L * 86400;
    const char* usage = "serverAuth";
};

/// A fresh EC P-256 authority and a certificate of its, by default one for localhost and 127.0.0.1, good for
/// ninety days.
Certificate make_certificate(const CertificateFacts& facts = {});

}  // namespace berth::test
