// SPDX-License-Identifier: MIT
#include "bench/load/connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "bench/load/failure.hpp"

namespace berth::bench {

namespace {

constexpr bool is_wait(int error) {
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

}  // namespace

std::size_t Connection::read(std::span<char> into) {
    if (!tls) {
        const ssize_t got = ::recv(socket, into.data(), into.size(), 0);
        if (got > 0) return static_cast<std::size_t>(got);
        if (got == 0) fail("closed by the server");
        if (errno != EAGAIN) fail(std::system_category().message(errno));
        return 0;
    }
    std::size_t have = 0;
    while (have < into.size()) {
        std::size_t got = 0;
        const int result = ::SSL_read_ex(tls.get(), into.data() + have, into.size() - have, &got);
        if (result == 1) {
            have += got;
            continue;
        }
        if (is_wait(::SSL_get_error(tls.get(), result))) break;
        fail("TLS was ended by the server");
    }
    return have;
}

std::size_t Connection::write_some(std::span<const char> bytes) {
    if (!tls) {
        const ssize_t took = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (took >= 0) return static_cast<std::size_t>(took);
        if (errno != EAGAIN) fail(std::system_category().message(errno));
        return 0;
    }
    std::size_t took = 0;
    while (took < bytes.size()) {
        std::size_t now = 0;
        const int result = ::SSL_write_ex(tls.get(), bytes.data() + took, bytes.size() - took, &now);
        if (result == 1) {
            took += now;
            continue;
        }
        if (is_wait(::SSL_get_error(tls.get(), result))) break;
        fail("TLS was ended by the server");
    }
    return took;
}

void Connection::write(std::span<const char> bytes) {
    const std::size_t took = has_rest() ? 0 : write_some(bytes);
    if (took < bytes.size())
        rest_.insert(rest_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(took), bytes.end());
}

void Connection::write_rest() {
    rest_begin_ += write_some(std::span(rest_).subspan(rest_begin_));
    if (has_rest()) return;
    rest_.clear();
    rest_begin_ = 0;
}

void Connection::reset() noexcept {
    if (socket < 0) return;
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(socket);
    socket = -1;
    tls.reset();
    phase = Phase::closed;
    waits_to_write = false;
    head.clear();
    rest_.clear();
    rest_begin_ = 0;
    sent = 0;
    incoming = {};
}

void Connection::fail(const std::string& what) const {
    throw Failure("connection " + std::to_string(index) + ": " + what +
                  (phase == Phase::open ? "" : " (before it was open)"));
}

}  // namespace berth::bench
