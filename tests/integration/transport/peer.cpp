// SPDX-License-Identifier: MIT
#include "integration/transport/peer.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace berth::test {

Peer::Peer(std::uint16_t port, int receive_buffer)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) {
        setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const int no_delay = 1;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0)
        << "errno " << errno;
    fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
}

void Peer::prepare_tls(const TlsOffer& offer) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), offer.minimum);
    SSL_CTX_set_max_proto_version(context_.get(), offer.maximum);
    SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    ssl_.reset(SSL_new(context_.get()));
    std::string protocols;
    for (const std::string& protocol : offer.alpn) {
        protocols += static_cast<char>(protocol.size());
        protocols += protocol;
    }
    if (!protocols.empty()) {
        SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned int>(protocols.size()));
    }
    if (!offer.server_name.empty()) {
        SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(offer.server_name.c_str()));
    }
    SSL_set_fd(ssl_.get(), socket_.get());
    SSL_set_connect_state(ssl_.get());
}

bool Peer::start_tls(const TlsOffer& offer, Deadline deadline) {
    prepare_tls(offer);
    for (;;) {
        ERR_clear_error();
        const int result = SSL_do_handshake(ssl_.get());
        if (result == 1) return true;
        const int error = SSL_get_error(ssl_.get(), result);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
            note_failure(result);
            return false;
        }
        if (!wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline)) return false;
    }
}

bool Peer::wait(short events, const Deadline& deadline) const {
    pollfd poll_for{socket_.get(), events, 0};
    return ::poll(&poll_for, 1, deadline.left_ms()) > 0;
}

void Peer::note_failure(int result) {
    if (ssl_) {
        const int error = SSL_get_error(ssl_.get(), result);
        const int reason = ERR_GET_REASON(ERR_peek_last_error());
        ERR_clear_error();
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
        if (error == SSL_ERROR_ZERO_RETURN) {
            end_ = PeerEnd::close_notify;
        } else {
            end_ = reason == SSL_R_UNEXPECTED_EOF_WHILE_READING ? PeerEnd::fin : PeerEnd::reset;
        }
        return;
    }
    if (result == 0) {
        end_ = PeerEnd::fin;
    } else if (errno != EAGAIN) {
        end_ = PeerEnd::reset;
    }
}

std::size_t Peer::try_send(std::string_view bytes) {
    if (bytes.empty() || end_ != PeerEnd::open) return 0;
    ERR_clear_error();
    const auto sent = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                           : ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) return static_cast<std::size_t>(sent);
    if (ssl_ || errno != EAGAIN) note_failure(static_cast<int>(sent));
    return 0;
}

std::size_t Peer::try_receive(std::span<char> buffer) {
    if (end_ != PeerEnd::open) return 0;
    ERR_clear_error();
    const auto got = ssl_ ? SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()))
                          : ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got > 0) return static_cast<std::size_t>(got);
    note_failure(static_cast<int>(got));
    return 0;
}

bool Peer::send(std::string_view bytes, Deadline deadline) {
    while (!bytes.empty() && end_ == PeerEnd::open) {
        const std::size_t sent = try_send(bytes);
        bytes.remove_prefix(sent);
        if (sent == 0 && !wait(POLLOUT, deadline)) return false;
    }
    return bytes.empty();
}

std::string Peer::receive(std::size_t bytes, Deadline deadline) {
    std::string all(bytes, '\0');
    std::size_t got = 0;
    while (got < bytes && end_ == PeerEnd::open) {
        const std::size_t step = try_receive(std::span(all).subspan(got));
        got += step;
        if (step == 0 && end_ == PeerEnd::open && !wait(POLLIN, deadline)) break;
    }
    all.resize(got);
    return all;
}

PeerEnd Peer::wait_end(Deadline deadline) {
    std::array<char, 65536> dropped;
    while (end_ == PeerEnd::open) {
        if (try_receive(dropped) == 0 && end_ == PeerEnd::open && !wait(POLLIN, deadline)) break;
    }
    return end_;
}

void Peer::finish() {
    if (ssl_) SSL_shutdown(ssl_.get());
    ::shutdown(socket_.get(), SHUT_WR);
}

void Peer::reset() {
    const linger immediately{1, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &immediately, sizeof immediately);
    socket_.reset();
}

std::string Peer::server_common_name() const {
    X509* certificate = SSL_get1_peer_certificate(ssl_.get());
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size());
    X509_free(certificate);
    return name.data();
}

}  // namespace berth::test
