// SPDX-License-Identifier: MIT
#include "bench/load/tls_client.hpp"

#include "bench/load/failure.hpp"

namespace berth::bench {

TlsClient::TlsClient() : context_(::SSL_CTX_new(::TLS_client_method())) {
    if (!context_ || ::SSL_CTX_set_min_proto_version(context_.get(), TLS1_3_VERSION) != 1)
        throw Failure("no TLS 1.3 client");
    ::SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    ::SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
}

SslPtr TlsClient::begin(int socket) const {
    SslPtr ssl{::SSL_new(context_.get())};
    if (!ssl || ::SSL_set_fd(ssl.get(), socket) != 1) throw Failure("no TLS for a connection");
    ::SSL_set_connect_state(ssl.get());
    return ssl;
}

}  // namespace berth::bench
