// SPDX-License-Identifier: MIT
#include "support/tls_flood.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <vector>

namespace berth::test {
namespace {

void expect(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("cannot make a flood: ") + what);
}

using Bytes = std::vector<unsigned char>;

void append_big_endian(Bytes& to, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) to.push_back(static_cast<unsigned char>(number >> shift));
}

/// RFC 5246 §6.3: both sides' keys and the fixed parts of their nonces.
Bytes key_block(SSL* ssl, std::size_t size) {
    std::array<unsigned char, SSL_MAX_MASTER_KEY_LENGTH> secret{};
    const std::size_t secret_size = SSL_SESSION_get_master_key(SSL_get_session(ssl), secret.data(), secret.size());
    Bytes seed(13 + 2 * SSL3_RANDOM_SIZE);
    std::copy_n("key expansion", 13, seed.begin());
    SSL_get_server_random(ssl, seed.data() + 13, SSL3_RANDOM_SIZE);
    SSL_get_client_random(ssl, seed.data() + 13 + SSL3_RANDOM_SIZE, SSL3_RANDOM_SIZE);
    std::string digest = EVP_MD_get0_name(SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(ssl)));

    const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> function(EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr), &EVP_KDF_free);
    const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> derivation(EVP_KDF_CTX_new(function.get()), &EVP_KDF_CTX_free);
    const std::array<OSSL_PARAM, 4> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, secret.data(), secret_size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed.data(), seed.size()), OSSL_PARAM_construct_end()};
    Bytes block(size);
    expect(EVP_KDF_derive(derivation.get(), block.data(), block.size(), parameters.data()) == 1, "no keys");
    return block;
}

}  // namespace

std::string key_updates(SSL* ssl, std::size_t count) {
    BIO* const memory = BIO_new(BIO_s_mem());
    BIO* const socket = SSL_get_wbio(ssl);
    BIO_up_ref(socket);
    SSL_set0_wbio(ssl, memory);
    for (std::size_t i = 0; i < count; ++i) {
        expect(SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1, "no key update");
    }
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory, &bytes);
    std::string all(bytes, static_cast<std::size_t>(size));
    SSL_set0_wbio(ssl, socket);
    return all;
}

std::string client_hellos(SSL* ssl, std::size_t count, std::uint64_t records) {
    constexpr int fixed_nonce = 4;
    constexpr int tag = 16;
    constexpr std::array<unsigned char, 3> type_and_version{22, 3, 3};
    constexpr std::array<unsigned char, 4> empty_client_hello{1, 0, 0, 0};
    const EVP_CIPHER* const cipher = EVP_get_cipherbynid(SSL_CIPHER_get_cipher_nid(SSL_get_current_cipher(ssl)));
    expect(cipher != nullptr && EVP_CIPHER_get_mode(cipher) == EVP_CIPH_GCM_MODE, "not AES-GCM");
    const int key_size = EVP_CIPHER_get_key_length(cipher);
    const Bytes block = key_block(ssl, static_cast<std::size_t>(2 * (key_size + fixed_nonce)));
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> seal(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    expect(EVP_EncryptInit_ex(seal.get(), cipher, nullptr, block.data(), nullptr) == 1, "no cipher");

    std::string all;
    for (std::uint64_t sequence = 1 + records; sequence <= count + records; ++sequence) {
        // RFC 5288 §3: the number of the record is the rest of the nonce.
        Bytes nonce(block.begin() + 2 * key_size, block.begin() + 2 * key_size + fixed_nonce);
        append_big_endian(nonce, sequence);
        Bytes associated;
        append_big_endian(associated, sequence);
        associated.insert(associated.end(), type_and_version.begin(), type_and_version.end());
        associated.insert(associated.end(), {0, empty_client_hello.size()});
        Bytes sealed(empty_client_hello.size() + tag);
        int size = 0;
        expect(EVP_EncryptInit_ex(seal.get(), nullptr, nullptr, nullptr, nonce.data()) == 1 &&
                   EVP_EncryptUpdate(seal.get(), nullptr, &size, associated.data(), static_cast<int>(associated.size())) == 1 &&
                   EVP_EncryptUpdate(seal.get(), sealed.data(), &size, empty_client_hello.data(), empty_client_hello.size()) == 1 &&
                   EVP_EncryptFinal_ex(seal.get(), sealed.data() + size, &size) == 1 &&
                   EVP_CIPHER_CTX_ctrl(seal.get(), EVP_CTRL_AEAD_GET_TAG, tag, sealed.data() + empty_client_hello.size()) == 1,
               "no record");
        all.append(type_and_version.begin(), type_and_version.end());
        all += '\0';
        all += static_cast<char>(sizeof(std::uint64_t) + sealed.size());
        all.append(nonce.begin() + fixed_nonce, nonce.end());
        all.append(sealed.begin(), sealed.end());
    }
    return all;
}

}  // namespace berth::test
