// SPDX-License-Identifier: MIT
#include "support/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace berth::test {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Signed = std::unique_ptr<X509, decltype(&X509_free)>;

void require(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string{"making a certificate: "} + what);
}

Key make_key() {
    Key key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
    require(key != nullptr, "no key");
    return key;
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension{
        X509V3_EXT_conf_nid(nullptr, &context, nid, value), &X509_EXTENSION_free};
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value);
}

Signed make(EVP_PKEY* key, const char* common_name, X509* issuer, EVP_PKEY* issuer_key,
            const CertificateFacts& facts) {
    Signed certificate{X509_new(), &X509_free};
    X509* raw = certificate.get();
    require(raw != nullptr, "no memory");
    std::uint64_t serial = 0;
    require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "no random numbers");
    require(X509_set_version(raw, 2) == 1, "version");
    require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(raw), serial >> 1) == 1, "serial");
    require(X509_gmtime_adj(X509_getm_notBefore(raw), facts.from_s) &&
                X509_gmtime_adj(X509_getm_notAfter(raw), facts.to_s),
            "dates");
    require(X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0) == 1,
            "subject");
    X509* signer = issuer != nullptr ? issuer : raw;
    require(X509_set_issuer_name(raw, X509_get_subject_name(signer)) == 1, "issuer");
    require(X509_set_pubkey(raw, key) == 1, "public key");
    add_extension(raw, signer, NID_subject_key_identifier, "hash");
    if (issuer == nullptr) {
        add_extension(raw, signer, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(raw, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        add_extension(raw, signer, NID_basic_constraints, "critical,CA:FALSE");
        add_extension(raw, signer, NID_authority_key_identifier, "keyid");
        add_extension(raw, signer, NID_key_usage, "critical,digitalSignature");
        add_extension(raw, signer, NID_ext_key_usage, facts.usage);
        add_extension(raw, signer, NID_subject_alt_name, facts.names);
    }
    require(X509_sign(raw, issuer_key, EVP_sha256()) != 0, "signature");
    return certificate;
}

template <class Write>
std::string pem(Write&& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio{BIO_new(BIO_s_mem()), &BIO_free};
    require(bio && write(bio.get()) == 1, "PEM");
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Certificate make_certificate(const CertificateFacts& facts) {
    const Key authority_key = make_key(), key = make_key();
    const Signed authority =
        make(authority_key.get(), "Berth test authority", nullptr, authority_key.get(), {});
    const Signed certificate = make(key.get(), "localhost", authority.get(), authority_key.get(), facts);
    return {.certificate_pem = pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); }),
            .key_pem = pem([&](BIO* bio) {
                return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
            }),
            .authority_pem = pem([&](BIO* bio) { return PEM_write_bio_X509(bio, authority.get()); })};
}

}  // namespace berth::test
