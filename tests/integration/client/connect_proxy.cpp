// SPDX-License-Identifier: MIT
#include "integration/client/connect_proxy.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace berth::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

bool send_all(int to, const char* bytes, std::size_t size) {
    while (size != 0) {
        const ssize_t sent = ::send(to, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

/// Passes bytes both ways until one side ends.
void relay(int a, int b) {
    std::array<pollfd, 2> both{pollfd{.fd = a, .events = POLLIN, .revents = 0}, pollfd{.fd = b, .events = POLLIN, .revents = 0}};
    std::array<char, 16384> buffer;
    while (::poll(both.data(), both.size(), -1) > 0) {
        for (std::size_t i = 0; i < both.size(); ++i) {
            if (both[i].revents == 0) continue;
            const ssize_t got = ::recv(both[i].fd, buffer.data(), buffer.size(), 0);
            if (got <= 0 || !send_all(both[1 - i].fd, buffer.data(), static_cast<std::size_t>(got))) return;
        }
    }
}

/// "CONNECT 127.0.0.1:PORT HTTP/1.1"; 0 when it asks for something else.
std::uint16_t port_of(const std::string& head) {
    const std::string begin = "CONNECT 127.0.0.1:";
    return head.starts_with(begin) ? static_cast<std::uint16_t>(std::atoi(head.c_str() + begin.size())) : std::uint16_t{0};
}

}  // namespace

ConnectProxy::ConnectProxy(std::string refusal) : refusal_(std::move(refusal)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("connect proxy: no socket to listen on");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

ConnectProxy::~ConnectProxy() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    {
        const std::lock_guard lock(mutex_);
        for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& connection : connections_) connection.join();
    for (const int socket : sockets_) ::close(socket);
    ::close(listener_);
}

std::vector<std::string> ConnectProxy::heads() const {
    const std::lock_guard lock(mutex_);
    return heads_;
}

void ConnectProxy::serve() {
    for (int client; (client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
        const std::lock_guard lock(mutex_);
        sockets_.push_back(client);
        connections_.emplace_back([this, client] { serve_one(client); });
    }
}

void ConnectProxy::serve_one(int client) {
    std::string head;
    char byte = 0;
    while (head.find("\r\n\r\n") == std::string::npos) {
        if (::recv(client, &byte, 1, 0) != 1) return;
        head += byte;
    }
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    {
        const std::lock_guard lock(mutex_);
        heads_.push_back(head);
        sockets_.push_back(server);
    }
    const sockaddr_in address = loopback(port_of(head));
    if (!refusal_.empty()) {
        send_all(client, refusal_.data(), refusal_.size());
    } else if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        const std::string agreed = "HTTP/1.1 200 Connection established\r\n\r\n";
        if (send_all(client, agreed.data(), agreed.size())) relay(client, server);
    }
    ::shutdown(client, SHUT_RDWR);
    ::shutdown(server, SHUT_RDWR);
}

}  // namespace berth::test
