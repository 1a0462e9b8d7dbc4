// SPDX-License-Identifier: MIT
#include "bench/baselines/peer.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace berth::bench {

Peer::Peer(int connected, SSL_CTX* tls)
    : descriptor(connected), tls_(tls != nullptr ? ::SSL_new(tls) : nullptr) {
    if (tls_ == nullptr) return;
    ::SSL_set_fd(tls_, descriptor);
    ::SSL_set_accept_state(tls_);
    // One recv for a small message, not one for its head and one for the rest.
    ::SSL_set_read_ahead(tls_, 1);
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
            // A short record with nothing behind it: should there be more, epoll says so.
            if (got < SSL3_RT_MAX_PLAIN_LENGTH && !holds_bytes()) break;
            continue;
        }
        if (::SSL_get_error(tls_, result) != SSL_ERROR_WANT_READ) is_over = true;
        break;
    }
    return have;
}

bool Peer::holds_bytes() const {
    return tls_ != nullptr && !is_over && ::SSL_has_pending(tls_) == 1;
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
    const std::size_t took = has_rest() ? 0 : write_some(bytes);
    if (took == bytes.size()) return;
    // What has gone is let go of once it is more than what stays, so that no byte is moved often.
    if (taken_ > unwritten_.size() / 2) unwritten_.erase(0, std::exchange(taken_, 0));
    unwritten_.append(bytes.substr(took));
}

void Peer::write_rest() {
    taken_ += write_some(std::string_view(unwritten_).substr(taken_));
    if (has_rest()) return;
    unwritten_.clear();
    taken_ = 0;
}

}  // namespace berth::bench
