// SPDX-License-Identifier: MIT
#include "tls/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/assert.hpp"

namespace berth::host::tls {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

}  // namespace

Digest digest_of(std::string_view secret) {
    Digest digest{};
    unsigned int size = 0;
    const int made = EVP_Digest(secret.data(), secret.size(), digest.data(), &size, EVP_sha256(), nullptr);
    BERTH_ASSERT(made == 1 && size == digest.size());
    return digest;
}

bool is_same(const Digest& a, const Digest& b) {
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(const Digest& digest) {
    std::string text;
    for (const std::uint8_t byte : digest) {
        text += hex_digits[byte >> 4];
        text += hex_digits[byte & 15];
    }
    return text;
}

std::optional<Digest> digest_from_hex(std::string_view text) {
    Digest digest{};
    if (text.size() != 2 * digest.size()) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto value = hex_digits.find(text[i]);
        if (value == std::string_view::npos) return std::nullopt;
        digest[i / 2] = static_cast<std::uint8_t>((digest[i / 2] << 4) | static_cast<std::uint8_t>(value));
    }
    return digest;
}

}  // namespace berth::host::tls
