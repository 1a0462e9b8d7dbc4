// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "support/certificate.hpp"
#include "tls/tls_settings.hpp"

namespace berth::host::tls {
namespace {

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;

template <class Write>
std::string pem(Write write) {
    const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
    write(bio.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::string key_pem(EVP_PKEY* key, const char* pass_phrase = nullptr) {
    return pem([&](BIO* bio) {
        auto* phrase = reinterpret_cast<unsigned char*>(const_cast<char*>(pass_phrase));
        PEM_write_bio_PrivateKey(bio, key, pass_phrase ? EVP_aes_128_cbc() : nullptr, phrase,
                                 pass_phrase ? static_cast<int>(std::string(pass_phrase).size()) : 0, nullptr,
                                 nullptr);
    });
}

/// Self-signed, valid from and to so many seconds from now.
std::string certificate_pem(EVP_PKEY* key, long from = -60, long to = 3600) {
    const std::unique_ptr<X509, Free> certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), to);
    X509_set_pubkey(certificate.get(), key);
    X509_sign(certificate.get(), key, EVP_sha256());
    return pem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); });
}

class CheckTls : public testing::Test {
protected:
    static std::string sentence(const TlsSettings& settings) {
        const auto checked = check_tls(settings);
        return checked ? "" : checked.error().message;
    }

    const Key key_{EVP_EC_gen("P-256")};
    const Key other_key_{EVP_EC_gen("P-256")};
    TlsSettings settings_{certificate_pem(key_.get()), key_pem(key_.get()), "1.2"};
};

TEST_F(CheckTls, accepts_ecdsa_and_rsa_alone_and_with_a_chain) {
    EXPECT_EQ(sentence(settings_), "");
    settings_.certificate_pem += certificate_pem(other_key_.get());
    EXPECT_EQ(sentence(settings_), "");
    settings_.minimum = "1.3";
    EXPECT_EQ(sentence(settings_), "");
    const Key rsa(EVP_RSA_gen(2048));
    EXPECT_EQ(sentence({certificate_pem(rsa.get()), key_pem(rsa.get()), "1.2"}), "");
}

TEST_F(CheckTls, refuses_a_key_that_belongs_to_another_certificate) {
    settings_.key_pem = key_pem(other_key_.get());
    EXPECT_EQ(sentence(settings_),
              "key: it doesn't belong to the certificate; give the key that the certificate was made for");
    const Key rsa(EVP_RSA_gen(2048));
    settings_.key_pem = key_pem(rsa.get());
    EXPECT_EQ(sentence(settings_),
              "key: it doesn't belong to the certificate; give the key that the certificate was made for");
}

TEST_F(CheckTls, says_which_part_is_no_pem) {
    TlsSettings broken = settings_;
    broken.certificate_pem = "hello";
    EXPECT_EQ(sentence(broken),
              "certificate: no PEM certificate in it (no line \"-----BEGIN CERTIFICATE-----\")");
    broken.certificate_pem = settings_.key_pem;  // The two files confused.
    EXPECT_EQ(sentence(broken),
              "certificate: no PEM certificate in it (no line \"-----BEGIN CERTIFICATE-----\")");

    broken = settings_;
    broken.key_pem = "";
    EXPECT_EQ(sentence(broken), "key: no PEM private key in it (no line \"-----BEGIN PRIVATE KEY-----\")");
    broken.key_pem = settings_.certificate_pem;
    EXPECT_EQ(sentence(broken), "key: no PEM private key in it (no line \"-----BEGIN PRIVATE KEY-----\")");
}

TEST_F(CheckTls, says_which_certificate_of_the_chain_is_damaged) {
    const std::string good = settings_.certificate_pem;
    const std::string damaged = good.substr(0, good.size() / 2) + "\n-----END CERTIFICATE-----\n";

    settings_.certificate_pem = damaged;
    EXPECT_EQ(sentence(settings_).rfind("certificate: the first one can't be read: ", 0), 0u)
        << sentence(settings_);

    settings_.certificate_pem = good + good + damaged;
    EXPECT_EQ(sentence(settings_).rfind("certificate: number 3 of the chain can't be read: ", 0), 0u)
        << sentence(settings_);
}

TEST_F(CheckTls, asks_nobody_for_a_pass_phrase) {
    settings_.key_pem = key_pem(key_.get(), "secret");
    EXPECT_EQ(sentence(settings_),
              "key: it is encrypted, and nobody is there to type a pass phrase; store it without one");
}

TEST_F(CheckTls, refuses_what_is_not_valid_now) {
    settings_.certificate_pem = certificate_pem(key_.get(), -7200, -3600);
    EXPECT_EQ(sentence(settings_), "certificate: it has expired; renew it");
    settings_.certificate_pem = certificate_pem(key_.get(), 3600, 7200);
    EXPECT_EQ(sentence(settings_),
              "certificate: it isn't valid yet; check its dates and this machine's clock");
}

TEST_F(CheckTls, refuses_what_looks_right_and_no_client_can_shake_hands_with) {
    // A curve that OpenSSL takes for a certificate, and no client offers.
    const Key odd(EVP_EC_gen("secp256k1"));
    EXPECT_EQ(sentence({certificate_pem(odd.get()), key_pem(odd.get()), "1.2"}),
              "certificate: a client that speaks TLS 1.2 can't shake hands with it: no shared cipher; have one made for a server, with an "
              "ECDSA key on P-256");
    EXPECT_EQ(sentence({certificate_pem(odd.get()), key_pem(odd.get()), "1.3"})
                  .rfind("certificate: a client that speaks TLS 1.3 can't shake hands with it: ", 0),
              0u);
    const auto clients = test::make_certificate({.usage = "clientAuth"});
    EXPECT_EQ(sentence({clients.certificate_pem, clients.key_pem, "1.2"}),
              "certificate: a client that speaks TLS 1.2 can't shake hands with it: unsuitable certificate purpose; have one made for a "
              "server, with an ECDSA key on P-256");
    const auto sites = test::make_certificate({.names = "DNS:example.org"});
    settings_.by_name = {{sites.certificate_pem, sites.key_pem}, {clients.certificate_pem, clients.key_pem}};
    EXPECT_EQ(sentence(settings_).rfind("number 2 by name: certificate: a client that speaks TLS 1.2 can't shake hands with it", 0), 0u)
        << sentence(settings_);
}

TEST(IsNamed, takes_a_name_in_any_case_and_a_wildcard_for_one_label) {
    const std::vector<std::string> names{"example.org", "*.example.org"};

    for (const char* host : {"example.org", "Chat.Example.ORG", "www.example.org."}) EXPECT_TRUE(is_named(host, names)) << host;
    for (const char* host : {"a.b.example.org", "org", "example.com", "*.org", ""}) EXPECT_FALSE(is_named(host, names)) << host;
}

TEST_F(CheckTls, refuses_an_unknown_version) {
    settings_.minimum = "1.1";
    EXPECT_EQ(sentence(settings_), "minimum: TLS version \"1.1\" is unknown; say \"1.2\" or \"1.3\"");
}

}  // namespace
}  // namespace berth::host::tls
