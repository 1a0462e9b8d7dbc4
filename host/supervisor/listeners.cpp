// SPDX-License-Identifier: MIT
#include "supervisor/listeners.hpp"

#include <fcntl.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/log.hpp"

namespace berth::host::supervisor {
namespace {

constexpr int backlog = 4096;  // The kernel cuts it to net.core.somaxconn.

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Result<SocketAddress> socket_address(const config::Address& address) {
    SocketAddress result;
    if (address.ipv6) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(address.port);
        if (::inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr) != 1) return fail(Code::invalid, "not an IPv6 address");
        std::memcpy(&result.storage, &v6, sizeof v6);
        result.size = sizeof v6;
    } else {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(address.port);
        if (::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) != 1) return fail(Code::invalid, "not an IPv4 address");
        std::memcpy(&result.storage, &v4, sizeof v4);
        result.size = sizeof v4;
    }
    return result;
}

/// What a socket is bound to; nothing for one that is no listening TCP socket.
std::optional<config::Address> bound_address(int fd) {
    if (::sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) return std::nullopt;
    SocketAddress bound;
    if (::getsockname(fd, bound.get(), &bound.size) != 0) return std::nullopt;
    char text[INET6_ADDRSTRLEN] = {};
    if (bound.storage.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &bound.storage, sizeof v4);
        ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
        return config::Address{text, ntohs(v4.sin_port), false};
    }
    if (bound.storage.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &bound.storage, sizeof v6);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
        return config::Address{text, ntohs(v6.sin6_port), true};
    }
    return std::nullopt;
}

tl::unexpected<Error> explain(int error_number, const std::string& place) {
    switch (error_number) {
        case EADDRINUSE:
            return fail(Code::unavailable,
                        "the port is in use by another program; end that one (ss -ltnp shows it), or write another address under " + place);
        case EACCES:
            return fail(Code::permission,
                        "this user may not open the port; write one above 1023 under " + place + ", or grant CAP_NET_BIND_SERVICE");
        case EADDRNOTAVAIL:
            return fail(Code::invalid, "this machine has no such address (ip address shows those it has); write one of them under " + place);
        default: return fail_errno("open the socket", error_number);
    }
}

Result<UniqueFd> bind_socket(const WantedListener& wanted) {
    const config::Address& address = wanted.address;
    auto target = socket_address(address);
    if (!target) return tl::unexpected<Error>(std::move(target).error());
    UniqueFd fd(::socket(target->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return fail_errno("open the socket", errno);
    const int on = 1;
    // A restarted host must not wait for the old one's connections to be forgotten.
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.ipv6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (::bind(fd.get(), target->get(), target->size) != 0) return explain(errno, wanted.place);
    return fd;
}

Result<Listener> open_listener(const WantedListener& wanted) {
    auto fd = bind_socket(wanted);
    if (!fd) return tl::unexpected<Error>(std::move(fd).error());
    if (::listen(fd->get(), backlog) != 0) return explain(errno, wanted.place);
    auto bound = bound_address(fd->get());
    if (!bound) return fail(Code::system, "the socket has no address");
    return Listener{.fd = std::move(*fd), .address = std::move(*bound)};
}

}  // namespace

std::vector<UniqueFd> inherited_sockets() {
    std::vector<UniqueFd> sockets;
    const int count = ::sd_listen_fds(/*unset_environment=*/1);  // It sets close-on-exec.
    for (int i = 0; i < count; ++i) sockets.emplace_back(SD_LISTEN_FDS_START + i);
    return sockets;
}

Result<void> try_listener(const WantedListener& wanted) {
    const auto bound = bind_socket(wanted);
    return bound ? Result<void>() : Result<void>(tl::unexpected<Error>(bound.error()));
}

Result<std::vector<Listener>> open_listeners(const std::vector<WantedListener>& wanted,
                                             std::vector<UniqueFd> inherited) {
    std::vector<Listener> listeners;
    for (const WantedListener& one : wanted) {
        const config::Address& address = one.address;
        const auto match = std::find_if(inherited.begin(), inherited.end(), [&](const UniqueFd& fd) {
            return fd && bound_address(fd.get()) == address;
        });
        if (match != inherited.end()) {
            if (::fcntl(match->get(), F_SETFL, ::fcntl(match->get(), F_GETFL) | O_NONBLOCK) != 0) {
                return fail_errno("listen on " + address.text(), errno);
            }
            listeners.push_back({.fd = std::move(*match), .address = address, .is_inherited = true});
            continue;
        }
        auto listener = open_listener(one);
        if (!listener) return fail("listen on " + address.text() + ": ", std::move(listener).error());
        listeners.push_back(std::move(*listener));
    }
    for (const UniqueFd& left : inherited) {
        if (!left) continue;
        const auto bound = bound_address(left.get());
        log::warning("a passed socket is not used: no [[listen]] has its address",
                     {{"address", bound ? bound->text() : std::string("not a listening TCP socket")}});
    }
    return listeners;
}

}  // namespace berth::host::supervisor
