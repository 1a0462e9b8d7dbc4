// SPDX-License-Identifier: MIT
#include "integration/client/scripted_server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "support/raw_client.hpp"

namespace berth::test {

namespace {

bool ready(int fd, short events, Deadline deadline) {
    pollfd one{.fd = fd, .events = events, .revents = 0};
    return poll(&one, 1, deadline.left_ms()) == 1;
}

void require(bool holds, const char* what) {
    if (!holds) throw std::runtime_error(std::string{"scripted server: "} + what);
}

template <class T, class Read, class Free>
std::unique_ptr<T, Free> read_pem(const std::string& pem, Read read, Free free) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio{
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
    std::unique_ptr<T, Free> made{read(bio.get(), nullptr, nullptr, nullptr), free};
    require(made != nullptr, "PEM that can be read");
    return made;
}

std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> make_context(const ScriptedServer::Tls& tls) {
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
    const auto certificate = read_pem<X509>(tls.certificate.certificate_pem, PEM_read_bio_X509, &X509_free);
    const auto key = read_pem<EVP_PKEY>(tls.certificate.key_pem, PEM_read_bio_PrivateKey, &EVP_PKEY_free);
    require(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1, "certificate");
    require(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1, "key");
    if (tls.version_max != 0) SSL_CTX_set_max_proto_version(context.get(), tls.version_max);
    if (!tls.client_authority_pem.empty()) {
        const auto authority = read_pem<X509>(tls.client_authority_pem, PEM_read_bio_X509, &X509_free);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.get());
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    return context;
}

}  // namespace

Peer::~Peer() {
    if (ssl_ != nullptr) {
        SSL_shutdown(ssl_);
        SSL_free(ssl_);
    }
    if (fd_ >= 0) ::close(fd_);
}

bool Peer::pull() {
    const Deadline deadline = Deadline::usual();
    std::array<char, 16384> buffer;
    if ((ssl_ == nullptr || SSL_pending(ssl_) == 0) && !ready(fd_, POLLIN, deadline))
        throw std::runtime_error("scripted server: the client says nothing");
    const ssize_t got = ssl_ != nullptr ? SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()))
                                        : recv(fd_, buffer.data(), buffer.size(), 0);
    if (got > 0) in_.append(buffer.data(), static_cast<std::size_t>(got));
    if (got < 0 && ssl_ == nullptr) throw std::runtime_error("scripted server: reset by the client");
    return got > 0;
}

const std::string& Peer::head() {
    while (head_.empty()) {
        if (const std::size_t end = in_.find("\r\n\r\n"); end != std::string::npos) {
            head_ = in_.substr(0, end + 4);
            in_.erase(0, end + 4);
        } else {
            require(pull(), "a request");
        }
    }
    return head_;
}

std::string Peer::header(std::string_view name) {
    const std::string line = "\r\n" + std::string{name} + ": ";
    const std::size_t at = head().find(line);
    if (at == std::string::npos) return {};
    return head().substr(at + line.size(), head().find("\r\n", at + 2) - at - line.size());
}

void Peer::send(std::string_view bytes) {
    require(offer(bytes), "the client takes bytes");
}

bool Peer::offer(std::string_view bytes, Deadline deadline) {
    while (!bytes.empty()) {
        if (!ready(fd_, POLLOUT, deadline)) return false;
        const ssize_t sent = ssl_ != nullptr
                                 ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                 : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0) {
            if (ssl_ == nullptr && errno == EAGAIN) continue;
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void Peer::accept(const std::string& lines, std::string_view then) {
    send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Accept: " +
        accept_of(header("Sec-WebSocket-Key")) + "\r\n" + lines + "\r\n" + std::string{then});
}

Frame Peer::frame() {
    const auto byte = [this](std::size_t at) {
        while (in_.size() <= at) require(pull(), "a whole frame");
        return static_cast<unsigned char>(in_[at]);
    };
    Frame frame{.opcode = byte(0) & 0x0Fu, .fin = (byte(0) & 0x80) != 0, .rsv = (byte(0) >> 4) & 7u};
    require((byte(1) & 0x80) != 0, "a masked frame");
    std::uint64_t size = byte(1) & 0x7Fu;
    std::size_t at = 2;
    const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (more != 0) size = 0;
    for (std::size_t i = 0; i < more; ++i) size = size << 8 | byte(at++);
    std::array<unsigned char, 4> key{};
    for (auto& part : key) part = byte(at++);
    if (size != 0) byte(at + size - 1);
    for (std::size_t i = 0; i < size; ++i)
        frame.payload.push_back(static_cast<char>(static_cast<unsigned char>(in_[at + i]) ^ key[i % 4]));
    in_.erase(0, at + size);
    return frame;
}

bool Peer::ended() {
    try {
        while (pull()) {
        }
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

void Peer::reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(fd_, -1));
}

void Peer::finish() {
    shutdown(fd_, SHUT_WR);
}

void Peer::part() {
    finish();
    ended();
}

void Peer::part_when_asked() {
    const Frame close = frame();
    require(close.opcode == opcode::close, "a close frame");
    send(Frame{opcode::close, close.payload});
    part();
}

std::string Peer::client_name() const {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate{SSL_get1_peer_certificate(ssl_),
                                                                  &X509_free};
    if (!certificate) return {};
    std::array<char, 64> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    return name.data();
}

ScriptedServer::ScriptedServer(Script script, std::optional<Tls> tls)
    : script_(std::move(script)), context_(nullptr, &SSL_CTX_free) {
    if (tls) context_ = make_context(*tls);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    require(bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                listen(listener_, 16) == 0 &&
                getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0,
            "a port to listen on");
    port_ = ntohs(address.sin_port);
    stop_ = eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread{[this] { serve(); }};
}

ScriptedServer::~ScriptedServer() {
    stop_listening();
    ::close(stop_);
}

void ScriptedServer::stop_listening() {
    eventfd_write(stop_, 1);
    if (thread_.joinable()) thread_.join();
    if (listener_ >= 0) ::close(std::exchange(listener_, -1));
}

std::string ScriptedServer::url(std::string_view path) const {
    const std::string host = context_ ? "wss://localhost:" : "ws://127.0.0.1:";
    return host + std::to_string(port_) + std::string{path};
}

void ScriptedServer::serve() {
    // On this thread only: the client must get by without.
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    for (int before = 0;; ++before) {
        std::array<pollfd, 2> both{pollfd{.fd = listener_, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = stop_, .events = POLLIN, .revents = 0}};
        poll(both.data(), both.size(), -1);
        if (both[1].revents != 0) return;
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        ++connections_;
        try {
            serve_one(fd, before);
        } catch (const std::exception& error) {
            ADD_FAILURE() << "connection " << before << ": " << error.what();
        }
    }
}

void ScriptedServer::serve_one(int fd, int before) {
    SSL* ssl = nullptr;
    if (context_) {
        const timeval patience_s{.tv_sec = 10 * patience, .tv_usec = 0};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience_s, sizeof patience_s);
        ssl = SSL_new(context_.get());
        SSL_set_fd(ssl, fd);
        if (SSL_accept(ssl) != 1) {
            // Without a reset, which could overtake the alert.
            Peer{fd, nullptr}.part();
            SSL_free(ssl);
            return;
        }
    }
    Peer peer{fd, ssl};
    script_(peer, before);
}

}  // namespace berth::test
