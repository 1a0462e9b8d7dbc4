// SPDX-License-Identifier: MIT
#include "gateway/transport/stream.hpp"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace berth::host::transport {
namespace {

bool would_block(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/// What a TLS call that moved nothing means.
Outcome explain(SSL* ssl, int result) {
    const int error = SSL_get_error(ssl, result);
    // EPIPE and the like come as SSL_ERROR_SYSCALL; a peer that leaves without close_notify as SSL_ERROR_SSL.
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    switch (error) {
        case SSL_ERROR_WANT_READ:
            return Outcome::needs_read;
        case SSL_ERROR_WANT_WRITE:
            return Outcome::needs_write;
        case SSL_ERROR_ZERO_RETURN:
            return Outcome::ended;
        case SSL_ERROR_SYSCALL:
            return Outcome::reset;
        default:
            return ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? Outcome::ended
                                                                              : Outcome::broken;
    }
}

/// One call, the cheaper one where one piece is all.
ssize_t send_group(int fd, std::span<const iovec> pieces) {
    constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    if (pieces.size() == 1) return ::send(fd, pieces[0].iov_base, pieces[0].iov_len, flags);
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg doesn't write there.
    message.msg_iovlen = pieces.size();
    return ::sendmsg(fd, &message, flags);
}

int write_record(SSL* ssl, const char* bytes, std::size_t size, Outcome& outcome) {
    ERR_clear_error();
    const int written = SSL_write(ssl, bytes, static_cast<int>(size));
    if (written <= 0) outcome = explain(ssl, written);
    return written;
}

/// Walks over pieces, giving out runs of at most one record: in place where a piece is large enough,
/// gathered in a scratch buffer where it isn't.
class Records {
public:
    explicit Records(std::span<const iovec> pieces) : pieces_(pieces) {}

    std::span<const char> next() {
        skip_empty();
        if (index_ == pieces_.size()) return {};
        const std::span<const char> here = rest_of_piece();
        if (here.size() >= tls_record_bytes) return here.first(tls_record_bytes);
        if (index_ + 1 == pieces_.size()) return here;
        return gathered();
    }
    void advance(std::size_t bytes) {
        while (bytes > 0) {
            skip_empty();
            const std::size_t step = std::min(bytes, rest_of_piece().size());
            offset_ += step;
            bytes -= step;
        }
    }

private:
    [[nodiscard]] std::span<const char> rest_of_piece() const {
        return std::span(static_cast<const char*>(pieces_[index_].iov_base), pieces_[index_].iov_len)
            .subspan(offset_);
    }
    void skip_empty() {
        while (index_ < pieces_.size() && offset_ == pieces_[index_].iov_len) {
            ++index_;
            offset_ = 0;
        }
    }
    std::span<const char> gathered() {
        std::size_t size = 0;
        std::size_t offset = offset_;
        for (std::size_t i = index_; i < pieces_.size() && size < scratch_.size(); ++i) {
            const std::size_t step = std::min(pieces_[i].iov_len - offset, scratch_.size() - size);
            if (step > 0)
                std::memcpy(scratch_.data() + size, static_cast<const char*>(pieces_[i].iov_base) + offset,
                            step);
            size += step;
            offset = 0;
        }
        return std::span<const char>(scratch_).first(size);
    }

    std::span<const iovec> pieces_;
    std::size_t index_ = 0;
    std::size_t offset_ = 0;
    std::array<char, tls_record_bytes> scratch_;
};

}  // namespace

Moved read_plain(int fd, std::span<char> buffer) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) {
        const auto bytes = static_cast<std::size_t>(got);
        return {bytes, bytes == buffer.size() ? Outcome::more : Outcome::drained};
    }
    if (got == 0) return {0, Outcome::ended};
    return {0, would_block(errno) ? Outcome::drained : Outcome::reset};
}

Moved read_tls(SSL* ssl, std::span<char> buffer) {
    std::size_t filled = 0;
    while (buffer.size() - filled >= tls_record_bytes) {
        ERR_clear_error();
        const int got = SSL_read(ssl, buffer.data() + filled, static_cast<int>(buffer.size() - filled));
        if (got <= 0) {
            const Outcome outcome = explain(ssl, got);
            return {filled, outcome == Outcome::needs_read ? Outcome::drained : outcome};
        }
        filled += static_cast<std::size_t>(got);
        // A short record and nothing more inside: what the kernel may still have, epoll reports.
        if (static_cast<std::size_t>(got) < tls_record_bytes && SSL_has_pending(ssl) == 0)
            return {filled, Outcome::drained};
    }
    return {filled, Outcome::more};
}

Moved write_plain(int fd, std::span<const iovec> pieces) {
    std::size_t taken = 0;
    while (!pieces.empty()) {
        const auto group = pieces.first(std::min<std::size_t>(pieces.size(), IOV_MAX));
        std::size_t offered = 0;
        for (const iovec& piece : group) offered += piece.iov_len;
        const ssize_t sent = send_group(fd, group);
        if (sent < 0) return {taken, would_block(errno) ? Outcome::drained : Outcome::reset};
        taken += static_cast<std::size_t>(sent);
        if (static_cast<std::size_t>(sent) < offered) return {taken, Outcome::drained};
        pieces = pieces.subspan(group.size());
    }
    return {taken, Outcome::more};
}

Moved write_tls(SSL* ssl, std::span<const iovec> pieces, std::vector<char>& unsent) {
    Records records(pieces);
    std::size_t taken = 0;
    for (auto record = records.next(); !record.empty(); record = records.next()) {
        Outcome outcome = Outcome::more;
        const int written = write_record(ssl, record.data(), record.size(), outcome);
        if (written > 0) {
            taken += static_cast<std::size_t>(written);
            records.advance(static_cast<std::size_t>(written));
            continue;
        }
        if (outcome == Outcome::needs_write || outcome == Outcome::needs_read) {
            unsent.assign(record.begin(), record.end());
            taken += record.size();
            return {taken, outcome == Outcome::needs_write ? Outcome::drained : outcome};
        }
        return {taken, outcome};
    }
    return {taken, Outcome::more};
}

Moved flush_tls(SSL* ssl, std::vector<char>& unsent) {
    std::size_t sent = 0;
    // More than once where the client has asked for small records.
    while (!unsent.empty()) {
        Outcome outcome = Outcome::more;
        const int written = write_record(ssl, unsent.data(), unsent.size(), outcome);
        if (written <= 0) return {sent, outcome == Outcome::needs_write ? Outcome::drained : outcome};
        sent += static_cast<std::size_t>(written);
        unsent.erase(unsent.begin(), unsent.begin() + written);
    }
    unsent = std::vector<char>();  // Gives the memory back: it is rarely needed.
    return {sent, Outcome::more};
}

Outcome end_tls(SSL* ssl) {
    ERR_clear_error();
    const int result = SSL_shutdown(ssl);
    if (result >= 0) return Outcome::ended;
    return explain(ssl, result) == Outcome::needs_write ? Outcome::drained : Outcome::ended;
}

void take_over_tls(SSL* ssl) {
    SSL_set_info_callback(ssl, nullptr);
    SSL_set_mode(
        ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    // One recv brings many small records. Safe because `read_tls` goes on while OpenSSL holds anything.
    SSL_set_read_ahead(ssl, 1);
}

bool got_close_notify(SSL* ssl) {
    return (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool holds_bytes(SSL* ssl) {
    return SSL_has_pending(ssl) != 0;
}

}  // namespace berth::host::transport
