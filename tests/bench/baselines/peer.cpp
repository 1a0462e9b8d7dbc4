// SPDX-License-Identifier: MIT
#include "bench/baselines/peer.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace berth::bench {

Peer::Peer(int connected, SSL_CTX* tls)
    : descriptor(connected), tls_(tls != nullptr ? ::SSL_new(tls) : nullptr) {
    if (tls_ == nullptr) return;
    ::SSL_set_fd(tls_, descriptor);
    ::SSL_set_accept_state(tls_);
}

Peer::~Peer() {
    ::SSL_free(tls_);
    ::ERR_clear_error();  // What it left would be taken for another's.
    ::close(descriptor);
}

std::size_t Peer::read(std::span<char> into) {
    if (tls_ == nullptr) {
        const ssize_t got = ::recv(descriptor, into.data(), into.size(), 0);
        if (got == 0 || (got < 0 && errno != EAGAIN)) is_over = true;
        return got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    std::size_t have = 0;
    while (have < into.size()) {
        std::size_t got = 0;
        const int result = ::SSL_read_ex(tls_, into.data() + have, into.size() - have, &got);
        if (result == 1) {
            have += got;
            continue;
        }
        if (::SSL_get_error(tls_, result) != SSL_ERROR_WANT_READ) is_over = true;
        break;
    }
    return have;
}

std::size_t Peer::write_some(std::string_view bytes) {
    if (tls_ == nullptr) {
        const ssize_t took = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (took < 0 && errno != EAGAIN) is_over = true;
        return took > 0 ? static_cast<std::size_t>(took) : 0;
    }
    std::size_t took = 0;
    while (took < bytes.size()) {
        std::size_t now = 0;
        const int result = ::SSL_write_ex(tls_, bytes.data() + took, bytes.size() - took, &now);
        if (result == 1) {
            took += now;
            continue;
        }
        if (::SSL_get_error(tls_, result) != SSL_ERROR_WANT_WRITE) is_over = true;
        break;
    }
    return took;
}

void Peer::write(std::string_view bytes) {
    const std::size_t took = unwritten.empty() ? write_some(bytes) : 0;
    if (took < bytes.size()) unwritten.append(bytes.substr(took));
}

void Peer::write_rest() {
    unwritten.erase(0, write_some(unwritten));
}

}  // namespace berth::bench
