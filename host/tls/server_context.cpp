// SPDX-License-Identifier: MIT
#include "tls/server_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <string_view>

#include "tls/trial_handshake.hpp"

namespace berth::host::tls {
namespace {

constexpr unsigned char alpn_protocols[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

struct Free {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> reader(std::string_view text) {
    return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Of a host's name, which is ASCII.
std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return lower;
}

/// What OpenSSL last complained about, emptied; "" when it didn't.
std::string openssl_reason() {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    std::string text = reason ? reason : "";
    ERR_clear_error();
    return text;
}

bool at_the_end_of_the_pem() {
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (at_end) ERR_clear_error();
    return at_end;
}

/// Marks that a pass phrase was asked for; none is given.
int note_pass_phrase(char* buffer, int size, int writing, void* asked) {
    static_cast<void>(buffer);
    static_cast<void>(size);
    static_cast<void>(writing);
    *static_cast<bool*>(asked) = true;
    return -1;
}

int select_alpn(SSL* ssl, const unsigned char** out, unsigned char* length, const unsigned char* offered,
                unsigned int offered_length, void* unused) {
    static_cast<void>(ssl);
    static_cast<void>(unused);
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, length, alpn_protocols, sizeof alpn_protocols, offered,
                              offered_length) != OPENSSL_NPN_NEGOTIATED) {
        // No match goes on without ALPN: the client then speaks HTTP/1.1 or leaves.
        return SSL_TLSEXT_ERR_NOACK;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

Result<void> set_protocol(SSL_CTX* context, const TlsSettings& settings) {
    int minimum = 0;
    if (settings.minimum == "1.2") minimum = TLS1_2_VERSION;
    if (settings.minimum == "1.3") minimum = TLS1_3_VERSION;
    if (minimum == 0) {
        return fail(Code::invalid,
                    "minimum: TLS version \"" + settings.minimum + "\" is unknown; say \"1.2\" or \"1.3\"");
    }
    const bool set = SSL_CTX_set_min_proto_version(context, minimum) == 1 &&
                     SSL_CTX_set_max_proto_version(context, 0) == 1 &&
                     SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
                     SSL_CTX_set_ciphersuites(context,
                                              "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                              "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
                     SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1 &&
                     SSL_CTX_set_num_tickets(context, 0) == 1;
    if (!set) return fail(Code::failed, "OpenSSL refuses the protocol settings: " + openssl_reason());

    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET |
                                     SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context, select_alpn, nullptr);
    return {};
}

Result<Owned<X509>> set_certificates(SSL_CTX* context, std::string_view pem) {
    const Owned<BIO> bio = reader(pem);
    Owned<X509> leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr));
    if (!leaf) {
        if (at_the_end_of_the_pem()) {
            return fail(Code::invalid,
                        "certificate: no PEM certificate in it (no line \"-----BEGIN CERTIFICATE-----\")");
        }
        return fail(Code::invalid, "certificate: the first one can't be read: " + openssl_reason());
    }
    if (SSL_CTX_use_certificate(context, leaf.get()) != 1) {
        return fail(Code::invalid, "certificate: OpenSSL refuses it: " + openssl_reason());
    }
    for (int number = 2;; ++number) {
        Owned<X509> next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (!next) {
            if (at_the_end_of_the_pem()) return leaf;
            return fail(Code::invalid, "certificate: number " + std::to_string(number) +
                                           " of the chain can't be read: " + openssl_reason());
        }
        if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) {
            return fail(Code::invalid, "certificate: OpenSSL refuses number " + std::to_string(number) +
                                           " of the chain: " + openssl_reason());
        }
    }
}

Result<Owned<EVP_PKEY>> read_key(std::string_view pem) {
    bool encrypted = false;
    const Owned<BIO> bio = reader(pem);
    Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, note_pass_phrase, &encrypted));
    if (key) return key;
    if (encrypted) {
        ERR_clear_error();
        return fail(Code::invalid,
                    "key: it is encrypted, and nobody is there to type a pass phrase; store it without one");
    }
    if (pem.find("PRIVATE KEY-----") == std::string_view::npos) {
        ERR_clear_error();
        return fail(Code::invalid, "key: no PEM private key in it (no line \"-----BEGIN PRIVATE KEY-----\")");
    }
    return fail(Code::invalid, "key: it can't be read: " + openssl_reason());
}

Result<void> check_dates(const X509& certificate) {
    if (X509_cmp_current_time(X509_get0_notBefore(&certificate)) >= 0) {
        return fail(Code::invalid,
                    "certificate: it isn't valid yet; check its dates and this machine's clock");
    }
    if (X509_cmp_current_time(X509_get0_notAfter(&certificate)) <= 0) {
        return fail(Code::invalid, "certificate: it has expired; renew it");
    }
    return {};
}

}  // namespace

Result<void> configure_server_context(SSL_CTX* context, const TlsSettings& settings) {
    ERR_clear_error();
    BERTH_TRY(set_protocol(context, settings));
    const auto leaf = set_certificates(context, settings.certificate_pem);
    if (!leaf) return tl::unexpected<Error>(leaf.error());
    const auto key = read_key(settings.key_pem);
    if (!key) return tl::unexpected<Error>(key.error());
    if (X509_check_private_key(leaf->get(), key->get()) != 1) {
        ERR_clear_error();
        return fail(
            Code::invalid,
            "key: it doesn't belong to the certificate; give the key that the certificate was made for");
    }
    if (SSL_CTX_use_PrivateKey(context, key->get()) != 1) {
        return fail(Code::invalid, "key: OpenSSL refuses it: " + openssl_reason());
    }
    return check_dates(**leaf);
}

Result<ServerContext> make_server_context(const TlsSettings& settings) {
    ServerContext context(SSL_CTX_new(TLS_server_method()));
    if (!context) return fail(Code::system, "OpenSSL can't make a context: " + openssl_reason());
    BERTH_TRY(configure_server_context(context.get(), settings));
    return context;
}

Result<std::int64_t> certificate_expiry(const std::string& certificate_pem) {
    const Owned<BIO> bio = reader(certificate_pem);
    const Owned<X509> leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr));
    std::tm end{};
    if (!leaf || ASN1_TIME_to_tm(X509_get0_notAfter(leaf.get()), &end) != 1) {
        return fail(Code::invalid, "certificate: it can't be read: " + openssl_reason());
    }
    return static_cast<std::int64_t>(::timegm(&end));
}

Result<std::vector<std::string>> certificate_names(const std::string& certificate_pem) {
    const Owned<BIO> bio = reader(certificate_pem);
    const Owned<X509> leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr));
    if (!leaf) return fail(Code::invalid, "certificate: it can't be read: " + openssl_reason());
    std::vector<std::string> found;
    const Owned<GENERAL_NAMES> names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf.get(), NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS) continue;
        const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                                    static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
        found.push_back(lower_case(text));
    }
    return found;
}

bool is_named(std::string_view host, const std::vector<std::string>& names) {
    std::string name = lower_case(host);
    if (name.ends_with('.')) name.pop_back();
    const auto dot = name.find('.');
    const std::string wildcard = dot == std::string::npos || dot == 0 ? "" : "*" + name.substr(dot);
    return std::any_of(names.begin(), names.end(), [&](const std::string& each) { return each == name || each == wildcard; });
}

Result<void> check_tls(const TlsSettings& settings) {
    const auto context = make_server_context(settings);
    if (!context) return tl::unexpected<Error>(context.error());
    BERTH_TRY(try_handshake(context->get()));
    BERTH_TRY(NamedContexts::make(settings));
    return {};
}

Result<void> check_tls_by_name(const CertificatePair& pair, const std::string& minimum) {
    const TlsSettings one{pair.certificate_pem, pair.key_pem, minimum};
    const auto context = make_server_context(one);
    if (!context) return tl::unexpected<Error>(context.error());
    BERTH_TRY(try_handshake(context->get()));
    const auto names = certificate_names(pair.certificate_pem);
    if (!names) return tl::unexpected<Error>(names.error());
    if (!names->empty()) return {};
    return fail(Code::invalid,
                "certificate: it names no host (no DNS name among its subject alternative names), so that nobody could ask for it; "
                "make it the listener's own, or leave it out");
}

Result<NamedContexts> NamedContexts::make(const TlsSettings& settings) {
    NamedContexts made;
    for (const CertificatePair& pair : settings.by_name) {
        const std::string place = "number " + std::to_string(made.contexts_.size() + 1) + " by name: ";
        if (auto checked = check_tls_by_name(pair, settings.minimum); !checked) return fail(place, std::move(checked).error());
        auto context = make_server_context({pair.certificate_pem, pair.key_pem, settings.minimum});
        const auto names = certificate_names(pair.certificate_pem);
        if (!context) return fail(place, std::move(context).error());
        for (const std::string& name : *names) made.by_name_.emplace(name, context->get());
        made.contexts_.push_back(std::move(*context));
    }
    return made;
}

SSL_CTX* NamedContexts::find(std::string_view host) const {
    if (by_name_.empty()) return nullptr;
    std::string name = lower_case(host);
    if (name.ends_with('.')) name.pop_back();
    if (const auto exact = by_name_.find(name); exact != by_name_.end()) return exact->second;
    const auto dot = name.find('.');
    if (dot == std::string::npos || dot == 0) return nullptr;
    const auto wildcard = by_name_.find("*" + name.substr(dot));
    return wildcard == by_name_.end() ? nullptr : wildcard->second;
}

}  // namespace berth::host::tls
