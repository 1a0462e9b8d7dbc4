// SPDX-License-Identifier: MIT
#include "supervisor/sha256.hpp"

#include <openssl/evp.h>

#include <array>

#include "base/assert.hpp"

namespace berth::host::supervisor {

void Sha256::Free::operator()(evp_md_ctx_st* context) const { ::EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(::EVP_MD_CTX_new()) {
    BERTH_ASSERT(context_ && ::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
    BERTH_ASSERT(::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    BERTH_ASSERT(::EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
    static constexpr char hex[] = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
        text += hex[digest.at(i) >> 4];
        text += hex[digest.at(i) & 15];
    }
    return text;
}

}  // namespace berth::host::supervisor
