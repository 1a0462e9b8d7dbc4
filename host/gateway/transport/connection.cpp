// SPDX-License-Identifier: MIT
#include "gateway/transport/connection.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "gateway/transport/loop.hpp"

namespace berth::host::transport {
namespace {

struct FreeCertificate {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
struct FreeBio {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};

/// RFC 2253 text of the verified certificate's subject.
std::string client_subject(SSL* ssl) {
    const std::unique_ptr<X509, FreeCertificate> certificate(SSL_get1_peer_certificate(ssl));
    if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK) return {};
    const std::unique_ptr<BIO, FreeBio> text(BIO_new(BIO_s_mem()));
    if (!text ||
        X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253) < 0) {
        return {};
    }
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

std::string_view name_of(CloseReason reason) {
    switch (reason) {
        case CloseReason::peer:
            return "peer";
        case CloseReason::reset:
            return "reset";
        case CloseReason::tls_failure:
            return "tls_failure";
        case CloseReason::handshake_timeout:
            return "handshake_timeout";
        case CloseReason::head_timeout:
            return "head_timeout";
        case CloseReason::blocked:
            return "blocked";
        case CloseReason::tls_flood:
            return "tls_flood";
        case CloseReason::unacknowledged:
            return "unacknowledged";
        case CloseReason::local:
            return "local";
    }
    return "local";
}

TlsFacts Connection::tls_facts() const {
    TlsFacts facts;
    if (ssl_ == nullptr || !is_handshaken_) return facts;
    facts.version = SSL_get_version(ssl_);
    facts.cipher = SSL_get_cipher_name(ssl_);
    const unsigned char* alpn = nullptr;
    unsigned int alpn_size = 0;
    SSL_get0_alpn_selected(ssl_, &alpn, &alpn_size);
    facts.alpn.assign(reinterpret_cast<const char*>(alpn), alpn_size);
    if (const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name)) facts.server_name = name;
    facts.client_subject = client_subject(ssl_);
    return facts;
}

std::size_t Connection::write(std::span<const iovec> pieces) {
    return loop_.write(*this, pieces);
}

std::size_t Connection::write(std::string_view bytes) {
    const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    return loop_.write(*this, {&piece, 1});
}

void Connection::establish() {
    loop_.establish(*this);
}
void Connection::pause_reading() {
    loop_.pause(*this);
}
void Connection::resume_reading() {
    loop_.resume(*this);
}
void Connection::shutdown() {
    loop_.shutdown(*this);
}
void Connection::abort() {
    loop_.abort(*this);
}

}  // namespace berth::host::transport
