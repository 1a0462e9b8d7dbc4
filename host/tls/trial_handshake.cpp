// SPDX-License-Identifier: MIT
#include "tls/trial_handshake.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <utility>

#include "tls/server_context.hpp"

namespace berth::host::tls {
namespace {

struct FreeEnd {
    void operator()(SSL* end) const noexcept { SSL_free(end); }
};
using End = std::unique_ptr<SSL, FreeEnd>;
using ClientContext = std::unique_ptr<SSL_CTX, FreeContext>;

/// More than the longest chain takes through the buffers of a pair.
constexpr int steps_max = 1000;

ClientContext client_of(int version, X509* trusted) {
    ClientContext client(SSL_CTX_new(TLS_client_method()));
    if (!client || SSL_CTX_set_min_proto_version(client.get(), version) != 1 ||
        SSL_CTX_set_max_proto_version(client.get(), version) != 1 ||
        X509_STORE_add_cert(SSL_CTX_get_cert_store(client.get()), trusted) != 1) {
        return nullptr;
    }
    // Who issued it is not this machine's to judge.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(client.get()), X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_verify(client.get(), SSL_VERIFY_PEER, nullptr);
    return client;
}

enum class Step { done, on_its_way, failed };

Step step(SSL* end) {
    ERR_clear_error();
    const int result = SSL_do_handshake(end);
    if (result == 1) return Step::done;
    const int error = SSL_get_error(end, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Step::on_its_way : Step::failed;
}

/// What the end that has failed says; empty: nothing has.
std::string meet(SSL* client, SSL* server) {
    BIO *near = nullptr, *far = nullptr;
    if (BIO_new_bio_pair(&near, 0, &far, 0) != 1) return "there is no memory for it";
    SSL_set_bio(client, near, near);
    SSL_set_bio(server, far, far);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    for (int i = 0; i < steps_max; ++i) {
        const Step at_server = i == 0 ? Step::on_its_way : step(server);
        const Step at_client = at_server == Step::failed ? Step::failed : step(client);
        if (at_client == Step::done && at_server == Step::done) return {};
        if (at_client != Step::failed) continue;
        const long verdict = SSL_get_verify_result(client);
        const char* reason = verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : ERR_reason_error_string(ERR_peek_last_error());
        const std::string words = reason ? reason : "for no reason that it tells";
        ERR_clear_error();
        return words;
    }
    return "it does not end";
}

}  // namespace

Result<void> try_handshake(SSL_CTX* server) {
    X509* const certificate = SSL_CTX_get0_certificate(server);
    for (const auto& [version, name] : {std::pair(TLS1_2_VERSION, "1.2"), std::pair(TLS1_3_VERSION, "1.3")}) {
        if (version < SSL_CTX_get_min_proto_version(server)) continue;
        const ClientContext context = certificate ? client_of(version, certificate) : nullptr;
        const End client(context ? SSL_new(context.get()) : nullptr), answering(SSL_new(server));
        if (!client || !answering) return fail(Code::system, "OpenSSL can't make a client to try the certificate with");
        const std::string trouble = meet(client.get(), answering.get());
        if (trouble.empty()) continue;
        return fail(Code::invalid, std::string("certificate: a client that speaks TLS ") + name + " can't shake hands with it: " + trouble +
                                       "; have one made for a server, with an ECDSA key on P-256");
    }
    return {};
}

}  // namespace berth::host::tls
