// SPDX-License-Identifier: MIT
#include "client/tls_stream.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace berth::client::inner {

namespace {

constexpr std::size_t record_bytes_max = 16 * 1024;

/// How often one step takes bytes from the socket that are nothing to the program (tickets, empty records)
/// before whoever waits looks at the clock again.
constexpr int pulls_max = 4;

bool is_address(const std::string& host) {
    in6_addr space{};
    return inet_pton(AF_INET, host.c_str(), &space) == 1 || inet_pton(AF_INET6, host.c_str(), &space) == 1;
}

/// Tells the session whom it talks to.
bool set_peer(SSL* session, const TlsSettings& settings, const std::string& host) {
    constexpr unsigned char protocols[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    if (SSL_set_alpn_protos(session, protocols, sizeof protocols) != 0) return false;
    const bool numeric = is_address(host);
    // As SSL_set_tlsext_host_name, which is a macro with a cast of the old kind.
    if (!numeric && SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                             const_cast<char*>(host.c_str())) != 1) {
        return false;
    }
    if (!settings.verify || !settings.verify_host) return true;
    SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return numeric ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) == 1
                   : SSL_set1_host(session, host.c_str()) == 1;
}

}  // namespace

void TlsStream::FreeSession::operator()(SSL* session) const noexcept {
    SSL_free(session);
}

Outcome<std::unique_ptr<TlsStream>> TlsStream::create(Descriptor socket, SSL_CTX& context,
                                                      const TlsSettings& settings, const std::string& host) {
    ERR_clear_error();
    std::unique_ptr<SSL, FreeSession> session{SSL_new(&context)};
    BIO* in = BIO_new(BIO_s_mem());
    BIO* out = BIO_new(BIO_s_mem());
    if (!session || in == nullptr || out == nullptr) {
        BIO_free(in);
        BIO_free(out);
        return Failure{.status = BERTH_CLIENT_NO_RESOURCES, .text = tls_problem("no TLS session")};
    }
    BIO_set_mem_eof_return(in, -1);  // Empty means: not yet.
    SSL_set_bio(session.get(), in, out);
    SSL_set_connect_state(session.get());
    const std::string& name = settings.server_name.empty() ? host : settings.server_name;
    if (!set_peer(session.get(), settings, name))
        return Failure{.status = BERTH_CLIENT_TLS,
                       .text = "server name " + name + ": " + tls_problem("refused")};
    return std::unique_ptr<TlsStream>{new TlsStream{std::move(socket), std::move(session)}};
}

TlsStream::~TlsStream() {
    if (!is_established_ || is_broken_) return;
    ERR_clear_error();
    SSL_shutdown(session_.get());
    ERR_clear_error();
    static_cast<void>(push());
}

Moved TlsStream::handshake() {
    for (int pulls = 0;; ++pulls) {
        ERR_clear_error();
        const int result = SSL_do_handshake(session_.get());
        const Moved pushed = push();
        if (result == 1) {
            is_established_ = true;
            return {Io::done};
        }
        if (SSL_get_error(session_.get(), result) != SSL_ERROR_WANT_READ) return after_failure(result);
        if (pushed.io == Io::failed) return pushed;
        if (pulls == pulls_max) return {Io::blocked};
        if (const Moved pulled = pull(); pulled.io != Io::done) return pulled;
    }
}

Failure TlsStream::handshake_failure(Io io) const {
    if (io == Io::ended || !is_broken_) {
        return {.status = BERTH_CLIENT_LOST,
                .text = "the server ended the connection during the TLS handshake" +
                        (io == Io::ended ? std::string{} : ": " + problem())};
    }
    const long verdict = SSL_get_verify_result(session_.get());
    if (verdict != X509_V_OK && (SSL_get_verify_mode(session_.get()) & SSL_VERIFY_PEER) != 0) {
        return {.status = BERTH_CLIENT_TLS,
                .text = std::string{"the server's certificate is not accepted: "} +
                        X509_verify_cert_error_string(verdict)};
    }
    return {.status = BERTH_CLIENT_TLS, .text = "TLS handshake: " + problem()};
}

Moved TlsStream::read(std::span<char> to) {
    for (int pulls = 0;; ++pulls) {
        ERR_clear_error();
        std::size_t got = 0;
        const int result = SSL_read_ex(session_.get(), to.data(), to.size(), &got);
        if (result == 1) return {Io::done, got};
        const int error = SSL_get_error(session_.get(), result);
        static_cast<void>(push());  // Answers to key updates, alerts.
        if (error == SSL_ERROR_ZERO_RETURN) return {Io::ended};
        if (error != SSL_ERROR_WANT_READ) return after_failure(result);
        // What is left lies in the socket, which is readable then.
        if (pulls == pulls_max) return {Io::blocked};
        if (const Moved pulled = pull(); pulled.io != Io::done) return pulled;
    }
}

bool TlsStream::has_pending() const noexcept {
    return SSL_pending(session_.get()) > 0 || BIO_pending(SSL_get_rbio(session_.get())) > 0;
}

Moved TlsStream::write(std::string_view bytes) {
    if (const Moved pushed = push(); pushed.io != Io::done || bytes.empty()) return pushed;
    ERR_clear_error();
    std::size_t taken = 0;
    const int result =
        SSL_write_ex(session_.get(), bytes.data(), std::min(bytes.size(), record_bytes_max), &taken);
    if (result != 1) return after_failure(result);
    if (const Moved pushed = push(); pushed.io == Io::failed) return pushed;
    return {Io::done, taken};
}

Moved TlsStream::pull() {
    const Moved got = receive(received_);
    if (got.io != Io::done) return got;
    BIO_write(SSL_get_rbio(session_.get()), received_.data(), static_cast<int>(got.bytes));
    return got;
}

Moved TlsStream::push() {
    BIO* out = SSL_get_wbio(session_.get());
    char* made = nullptr;
    if (const long size = BIO_get_mem_data(out, &made); size > 0) {
        unsent_.append(made, static_cast<std::size_t>(size));
        static_cast<void>(BIO_reset(out));
    }
    while (!unsent_.empty()) {
        const Moved sent = send(unsent_);
        if (sent.io != Io::done) return sent;
        unsent_.erase(0, sent.bytes);
    }
    return {Io::done};
}

Moved TlsStream::after_failure(int result) {
    is_broken_ = true;
    const int error = SSL_get_error(session_.get(), result);
    static_cast<void>(push());  // The alert that says why.
    return fail(tls_problem(error == SSL_ERROR_SYSCALL ? "the connection broke" : "failed"));
}

}  // namespace berth::client::inner
