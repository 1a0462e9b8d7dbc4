// SPDX-License-Identifier: MIT
#include "bench/load/engine.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "bench/load/failure.hpp"

namespace berth::bench {

namespace {

constexpr std::size_t events_max = 1024;
constexpr std::size_t buffer_bytes = 512 * 1024;

// The example of RFC 6455 §1.3.
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view accepted_key = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

}  // namespace

Engine::Engine(const Options& options)
    : options_(options), poller_(::epoll_create1(EPOLL_CLOEXEC)), events_(events_max), buffer_(buffer_bytes) {
    demand(poller_ >= 0, "epoll_create1");
    if (options.has_tls) tls_.emplace();
}

Engine::~Engine() {
    ::close(poller_);
}

void Engine::open(Connection& connection) {
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(options_.port);
    if (::inet_pton(AF_INET, options_.address.c_str(), &server.sin_addr) != 1)
        throw Failure(options_.address + " is no IPv4 address");
    connection.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    demand(connection.socket >= 0, "socket");
    const int on = 1;
    demand(::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
    connection.phase = Connection::Phase::connecting;
    const int result =
        ::connect(connection.socket, reinterpret_cast<const sockaddr*>(&server), sizeof server);
    demand(result == 0 || errno == EINPROGRESS, "connect");
    epoll_event wish{.events = EPOLLOUT, .data = {.ptr = &connection}};
    demand(::epoll_ctl(poller_, EPOLL_CTL_ADD, connection.socket, &wish) == 0, "epoll_ctl");
}

void Engine::run_until(Clock::time_point end) {
    while (Clock::now() < end) turn(end);
}

void Engine::run_until(const std::function<bool()>& done, const char* what) {
    const auto latest = Clock::now() + std::chrono::seconds(30);
    while (!done()) {
        if (Clock::now() >= latest) throw Failure(std::string("after 30 s still not true: ") + what);
        turn(latest);
    }
}

void Engine::turn(Clock::time_point latest) {
    const auto wait = std::max(std::min(latest, traveller_->turn()) - Clock::now(), Clock::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
    const timespec time{.tv_sec = seconds.count(), .tv_nsec = (wait - seconds).count()};
    const int count =
        ::epoll_pwait2(poller_, events_.data(), static_cast<int>(events_.size()), &time, nullptr);
    demand(count >= 0 || errno == EINTR, "epoll_pwait2");
    for (int i = 0; i < count; ++i) serve_event(events_[static_cast<std::size_t>(i)]);
}

void Engine::serve_event(const epoll_event& event) {
    auto& connection = *static_cast<Connection*>(event.data.ptr);
    switch (connection.phase) {
        case Connection::Phase::closed:
            return;
        case Connection::Phase::connecting:
            return connected(connection);
        case Connection::Phase::securing:
            return secure(connection);
        case Connection::Phase::upgrading:
        case Connection::Phase::open:
            if ((event.events & EPOLLOUT) != 0) {
                connection.write_rest();
                if (!connection.has_rest()) poll_for(connection);
            }
            if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read(connection);
    }
}

void Engine::connected(Connection& connection) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(connection.socket, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    demand(error == 0, "connect");
    if (!tls_) return ask(connection);
    connection.tls = tls_->begin(connection.socket);
    connection.phase = Connection::Phase::securing;
    secure(connection);
}

void Engine::secure(Connection& connection) {
    const int result = ::SSL_do_handshake(connection.tls.get());
    if (result == 1) return ask(connection);
    const int error = ::SSL_get_error(connection.tls.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        throw Failure("connection " + std::to_string(connection.index) + ": the TLS handshake failed");
    connection.waits_to_write = error != SSL_ERROR_WANT_WRITE;
    poll_for(connection);
}

void Engine::ask(Connection& connection) {
    connection.phase = Connection::Phase::upgrading;
    std::string request = "GET ";
    request += options_.paths[connection.index % options_.paths.size()];
    request += " HTTP/1.1\r\nHost: ";
    request += options_.address + ":" + std::to_string(options_.port);
    request +=
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ";
    request += key;
    request += "\r\n\r\n";
    connection.write(request);
    connection.waits_to_write = !connection.has_rest();
    poll_for(connection);
}

void Engine::read(Connection& connection) {
    const std::size_t got = connection.read(buffer_);
    if (got == 0) return;
    const std::span<const char> bytes(buffer_.data(), got);
    if (connection.phase == Connection::Phase::open)
        traveller_->received(connection, bytes);
    else
        read_head(connection, bytes);
}

void Engine::read_head(Connection& connection, std::span<const char> bytes) {
    connection.head.append(bytes.data(), bytes.size());
    const std::size_t end = connection.head.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string head = connection.head.substr(0, end);
    const std::string beyond = connection.head.substr(end + 4);
    connection.head = {};
    if (!head.starts_with("HTTP/1.1 101 ") || head.find(accepted_key) == std::string::npos)
        throw Failure("connection " + std::to_string(connection.index) +
                      ": not upgraded: " + head.substr(0, head.find("\r\n")));
    connection.phase = Connection::Phase::open;
    traveller_->opened(connection);
    if (!beyond.empty()) traveller_->received(connection, beyond);
}

/// Turns the wish to write to what it must be.
void Engine::poll_for(Connection& connection) {
    connection.waits_to_write = !connection.waits_to_write;
    epoll_event wish{.events = EPOLLIN, .data = {.ptr = &connection}};
    if (connection.waits_to_write) wish.events |= EPOLLOUT;
    demand(::epoll_ctl(poller_, EPOLL_CTL_MOD, connection.socket, &wish) == 0, "epoll_ctl");
}

}  // namespace berth::bench
