// SPDX-License-Identifier: MIT
/// A raw HTTP peer, and a listening socket on a free loopback port.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace berth::host::pages {

inline UniqueFd listen_on_loopback(std::uint16_t& port) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(fd.get(), 128) != 0 ||
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        std::abort();
    }
    port = ntohs(address.sin_port);
    return fd;
}

/// One connection; answers are read to the end of their body.
class WebPeer {
public:
    explicit WebPeer(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
        const timeval limit{.tv_sec = 20, .tv_usec = 0};  // A deadline for the test, not a measure.
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    }

    /// False when the other side no longer takes it.
    bool say(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    /// Head and body of the next answer; empty at the end.
    std::string hear(bool has_body = true) {
        while (input_.find("\r\n\r\n") == std::string::npos) {
            if (!fill()) return std::exchange(input_, "");
        }
        const auto head = input_.find("\r\n\r\n") + 4;
        const auto length = input_.find("Content-Length: ");
        const std::size_t body = has_body && length < head ? std::stoul(input_.substr(length + 16)) : 0;
        while (input_.size() < head + body && fill()) {
        }
        std::string answer = input_.substr(0, head + body);
        input_.erase(0, head + body);
        return answer;
    }
    std::string get(std::string_view target, std::string_view host = "127.0.0.1") {
        say("GET " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
        return hear();
    }
    [[nodiscard]] bool is_at_end() { return input_.empty() && !fill(); }

private:
    bool fill() {
        std::array<char, 65536> chunk{};
        const auto n = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
        if (n <= 0) return false;
        input_.append(chunk.data(), static_cast<std::size_t>(n));
        return true;
    }

    UniqueFd fd_;
    std::string input_;
};

inline int status_of(const std::string& answer) {
    return answer.size() > 12 && answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.c_str() + 9) : 0;
}

inline std::string body_of(const std::string& answer) {
    const auto head = answer.find("\r\n\r\n");
    return head == std::string::npos ? "" : answer.substr(head + 4);
}

}  // namespace berth::host::pages
