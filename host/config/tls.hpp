// SPDX-License-Identifier: MIT
/// What is configured of a listener's TLS.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace berth::host::config {

enum class TlsVersion { v1_2, v1_3 };
[[nodiscard]] std::string_view name_of(TlsVersion value);

struct CertificateFiles {
    std::filesystem::path certificate{};  ///< PEM, the chain
    std::filesystem::path key{};          ///< PEM
    friend bool operator==(const CertificateFiles&, const CertificateFiles&) = default;
};

struct Tls {
    std::filesystem::path certificate{};  ///< PEM, the chain
    std::filesystem::path key{};          ///< PEM
    TlsVersion minimum = TlsVersion::v1_2;
    std::vector<CertificateFiles> by_name{};  ///< for clients that ask for a host that one of them names
};

}  // namespace berth::host::config
