// SPDX-License-Identifier: MIT
#include "bench/baselines/epoll_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace berth::bench {

namespace {

constexpr std::size_t buffer_bytes = 512 * 1024;

void demand(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(what);
}

/// RFC 6455 §4.2.2. The load generator writes the field's name as the RFC does.
std::string answer_to(std::string_view request) {
    constexpr std::string_view field = "Sec-WebSocket-Key: ";
    const std::size_t at = request.find(field);
    if (at == std::string_view::npos) return "HTTP/1.1 400 Bad Request\r\n\r\n";
    std::string key(request.substr(at + field.size(), 24));
    key += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
    ::SHA1(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
    std::array<unsigned char, 29> accept;
    ::EVP_EncodeBlock(accept.data(), digest.data(), static_cast<int>(digest.size()));
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
           "Upgrade\r\nSec-WebSocket-Accept: " +
           std::string(reinterpret_cast<const char*>(accept.data()), 28) + "\r\n\r\n";
}

}  // namespace

EpollServer::EpollServer(const Options& options, Service service)
    : service_(std::move(service)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      poller_(::epoll_create1(EPOLL_CLOEXEC)),
      buffer_(buffer_bytes) {
    if (!options.certificate.empty()) {
        tls_ = ::SSL_CTX_new(::TLS_server_method());
        ::SSL_CTX_set_min_proto_version(tls_, TLS1_3_VERSION);
        // Buffers that go from peer to peer stay in the cache, which is faster than one for each.
        ::SSL_CTX_set_mode(tls_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                     SSL_MODE_RELEASE_BUFFERS);
        demand(::SSL_CTX_use_certificate_chain_file(tls_, options.certificate.c_str()) == 1,
               "no such certificate");
        demand(::SSL_CTX_use_PrivateKey_file(tls_, options.key.c_str(), SSL_FILETYPE_PEM) == 1,
               "no such key");
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    demand(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0, "bind");
    demand(::listen(listener_, SOMAXCONN) == 0, "listen");
    demand(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
    epoll_event wish{.events = EPOLLIN, .data = {.ptr = nullptr}};
    demand(::epoll_ctl(poller_, EPOLL_CTL_ADD, listener_, &wish) == 0, "epoll_ctl");
    std::printf("listening %u\n", ntohs(address.sin_port));
    std::fflush(stdout);
}

void EpollServer::run() {
    std::array<epoll_event, 1024> events;
    for (;;) {
        const int count = ::epoll_wait(poller_, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            if (event.data.ptr == nullptr)
                accept_all();
            else
                serve(*static_cast<Peer*>(event.data.ptr), event.events);
        }
    }
}

void EpollServer::accept_all() {
    for (;;) {
        const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) return;
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        auto& peer = *peers_.emplace_back(std::make_unique<Peer>(descriptor, tls_));
        peer.place = peers_.size() - 1;
        epoll_event wish{.events = EPOLLIN, .data = {.ptr = &peer}};
        ::epoll_ctl(poller_, EPOLL_CTL_ADD, descriptor, &wish);
    }
}

void EpollServer::serve(Peer& peer, std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) {
        peer.write_rest();
        if (!peer.has_rest()) poll_for(peer);
    }
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read(peer);
    if (peer.is_over) bury(peer);
}

void EpollServer::read(Peer& peer) {
    std::size_t got = 0;
    do {
        got = peer.read(buffer_);
        if (got == 0) return;
        if (peer.is_upgraded)
            service_(peer, std::span(buffer_).first(got));
        else
            upgrade(peer, {buffer_.data(), got});
    } while (got == buffer_.size() && peer.holds_bytes());
}

void EpollServer::upgrade(Peer& peer, std::string_view bytes) {
    peer.unread.append(bytes);
    if (!peer.unread.ends_with("\r\n\r\n")) return;
    write(peer, answer_to(peer.unread));
    peer.unread = {};
    peer.is_upgraded = true;
}

void EpollServer::write(Peer& peer, std::string_view bytes) {
    peer.write(bytes);
    if (peer.has_rest() != peer.waits_to_write) poll_for(peer);
}

/// Turns the wish to write to what it must be.
void EpollServer::poll_for(Peer& peer) {
    peer.waits_to_write = !peer.waits_to_write;
    epoll_event wish{.events = EPOLLIN, .data = {.ptr = &peer}};
    if (peer.waits_to_write) wish.events |= EPOLLOUT;
    ::epoll_ctl(poller_, EPOLL_CTL_MOD, peer.descriptor, &wish);
}

void EpollServer::bury(Peer& peer) {
    const std::size_t place = peer.place;
    std::swap(peers_[place], peers_.back());
    peers_[place]->place = place;
    peers_.pop_back();
}

}  // namespace berth::bench
