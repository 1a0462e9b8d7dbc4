// SPDX-License-Identifier: MIT
#include "support/raw_client.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

namespace berth::test {

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what);
}

void ignore_broken_pipes() {
    [[maybe_unused]] static const auto done = std::signal(SIGPIPE, SIG_IGN);
}

std::string openssl_error() {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
    return text.data();
}

/// One context per authority would do; tests connect rarely enough to make one each time.
SSL* make_ssl(const std::string& authority_pem) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_client_method()),
                                                                    &SSL_CTX_free};
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio{
        BIO_new_mem_buf(authority_pem.data(), static_cast<int>(authority_pem.size())), &BIO_free};
    const std::unique_ptr<X509, decltype(&X509_free)> authority{
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free};
    if (!authority || X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.get()) != 1)
        fail("the authority's certificate is not readable: " + openssl_error());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    return SSL_new(context.get());
}

}  // namespace

RawClient::RawClient(const Endpoint& to, Options options, Deadline deadline)
    : receives_(options.receives), verifies_tls_(options.verifies_tls) {
    ignore_broken_pipes();
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) fail(std::string{"socket: "} + std::strerror(errno));
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (options.receive_buffer > 0)
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &options.receive_buffer, sizeof options.receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (!options.source.empty()) {
        ::inet_pton(AF_INET, options.source.c_str(), &address.sin_addr);
        ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    address.sin_port = htons(to.port);
    ::inet_pton(AF_INET, to.host.c_str(), &address.sin_addr);
    int error = 0;
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        error = errno;
        if (error == EINPROGRESS) {
            socklen_t size = sizeof error;
            if (!wait(POLLOUT, deadline))
                error = ETIMEDOUT;
            else
                ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
        }
    }
    if (error == 0 && to.tls && options.handshakes_tls) {
        try {
            start_tls(to, deadline);
        } catch (...) {
            close();
            throw;
        }
    }
    if (error != 0) {
        close();
        fail("connecting to " + to.host + ":" + std::to_string(to.port) + ": " + std::strerror(error));
    }
}

RawClient::~RawClient() {
    close();
}

RawClient::RawClient(RawClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      ssl_(std::exchange(other.ssl_, nullptr)),
      receives_(other.receives_),
      sent_close_notify_(other.sent_close_notify_),
      end_(other.end_),
      in_(std::move(other.in_)),
      reader_(std::move(other.reader_)) {}

RawClient& RawClient::operator=(RawClient&& other) noexcept {
    if (this == &other) return *this;
    close();
    fd_ = std::exchange(other.fd_, -1);
    ssl_ = std::exchange(other.ssl_, nullptr);
    receives_ = other.receives_;
    sent_close_notify_ = other.sent_close_notify_;
    end_ = other.end_;
    in_ = std::move(other.in_);
    reader_ = std::move(other.reader_);
    return *this;
}

void RawClient::start_tls(const Endpoint& to, Deadline deadline) {
    ssl_ = make_ssl(to.authority_pem);
    if (!verifies_tls_) SSL_set_verify(ssl_, SSL_VERIFY_NONE, nullptr);
    SSL_set_fd(ssl_, fd_);
    std::string name = to.name;  // The macro for this call has casts that our warnings refuse.
    SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    SSL_set1_host(ssl_, name.c_str());
    for (;;) {
        ERR_clear_error();
        const int done = SSL_connect(ssl_);
        if (done == 1) return;
        const int why = SSL_get_error(ssl_, done);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            fail("TLS handshake: " + openssl_error());
        if (!wait(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline)) fail("TLS handshake: time-out");
    }
}

bool RawClient::wait(short events, Deadline deadline) const {
    pollfd entry{.fd = fd_, .events = events, .revents = 0};
    int ready = 0;
    do ready = ::poll(&entry, 1, deadline.left_ms());
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

void RawClient::pull() {
    std::array<char, 65536> buffer;
    while (end_ == End::open && fd_ >= 0) {
        if (ssl_ != nullptr) {
            ERR_clear_error();
            const int got = SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()));
            if (got > 0) {
                in_.append(buffer.data(), static_cast<std::size_t>(got));
                continue;
            }
            switch (SSL_get_error(ssl_, got)) {
                case SSL_ERROR_WANT_READ:
                case SSL_ERROR_WANT_WRITE:
                    return;
                case SSL_ERROR_ZERO_RETURN:
                    end_ = End::finished;
                    return;
                case SSL_ERROR_SSL:
                    end_ = ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING
                               ? End::truncated
                               : End::reset;
                    return;
                default:
                    end_ = End::reset;
                    return;
            }
        }
        const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
        if (got > 0) {
            in_.append(buffer.data(), static_cast<std::size_t>(got));
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        end_ = got == 0 ? End::finished : End::reset;
    }
}

bool RawClient::send(std::string_view bytes, Deadline deadline) {
    while (!bytes.empty()) {
        if (fd_ < 0 || end_ == End::reset) return false;
        ssize_t sent = 0;
        if (ssl_ != nullptr) {
            ERR_clear_error();
            sent =
                SSL_write(ssl_, bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 16384)));
            if (sent <= 0) {
                const int why = SSL_get_error(ssl_, static_cast<int>(sent));
                if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return false;
                sent = 0;
            }
        } else {
            sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0) {
                if (errno != EAGAIN && errno != EINTR) return false;
                sent = 0;
            }
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
        if (sent > 0) continue;
        const bool may_read = receives_ && end_ == End::open;
        if (!wait(static_cast<short>(may_read ? POLLIN | POLLOUT : POLLOUT), deadline)) return false;
        if (may_read) pull();
    }
    return true;
}

bool RawClient::send_in_pieces(std::string_view bytes, std::size_t piece, Deadline deadline) {
    while (!bytes.empty()) {
        if (!send(bytes.substr(0, piece), deadline)) return false;
        bytes.remove_prefix(std::min(piece, bytes.size()));
    }
    return true;
}

bool RawClient::receive(Deadline deadline) {
    const std::size_t before = in_.size();
    for (;;) {
        pull();
        if (in_.size() > before) return true;
        if (end_ != End::open || fd_ < 0 || !wait(POLLIN, deadline)) return false;
    }
}

End RawClient::wait_end(Deadline deadline) {
    while (receive(deadline)) {
    }
    return end_;
}

void RawClient::finish() {
    if (fd_ < 0) return;
    if (ssl_ != nullptr && !std::exchange(sent_close_notify_, true)) {
        ERR_clear_error();
        SSL_shutdown(ssl_);
    }
    ::shutdown(fd_, SHUT_WR);
}

void RawClient::reset() {
    if (fd_ < 0) return;
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

void RawClient::close() {
    if (ssl_ != nullptr) SSL_free(std::exchange(ssl_, nullptr));
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::uint16_t RawClient::local_port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

std::optional<Frame> RawClient::frame(Deadline deadline) {
    for (;;) {
        reader_.feed(in_);
        in_.clear();
        if (auto frame = reader_.next()) return frame;
        if (!receive(deadline)) return std::nullopt;
    }
}

}  // namespace berth::test
