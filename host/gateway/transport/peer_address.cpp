// SPDX-License-Identifier: MIT
#include "gateway/transport/peer_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace berth::host::transport {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

PeerAddress PeerAddress::from(const sockaddr_storage& address) {
    PeerAddress peer;
    if (address.ss_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &address, sizeof in);
        peer.family_ = 4;
        peer.port_ = ntohs(in.sin_port);
        std::memcpy(peer.bytes_.data(), &in.sin_addr, 4);
    } else if (address.ss_family == AF_INET6) {
        sockaddr_in6 in6{};
        std::memcpy(&in6, &address, sizeof in6);
        peer.family_ = 6;
        peer.port_ = ntohs(in6.sin6_port);
        std::memcpy(peer.bytes_.data(), &in6.sin6_addr, 16);
        if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), peer.bytes_.begin())) {
            peer.family_ = 4;
            std::copy_n(peer.bytes_.begin() + 12, 4, peer.bytes_.begin());
            std::fill(peer.bytes_.begin() + 4, peer.bytes_.end(), std::uint8_t{0});
        }
    }
    return peer;
}

std::optional<PeerAddress> PeerAddress::parse(std::string_view text) {
    const bool is_in_brackets = text.starts_with('[');
    std::string_view host = text, port;
    bool has_port = false;
    if (is_in_brackets) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        host = text.substr(1, end - 1);
        const std::string_view rest = text.substr(end + 1);
        has_port = !rest.empty();
        if (has_port && rest.front() != ':') return std::nullopt;
        if (has_port) port = rest.substr(1);
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        has_port = true;
    }
    std::uint16_t number = 0;
    if (has_port) {
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
        if (error != std::errc{} || end != port.data() + port.size()) return std::nullopt;
    }
    const std::string terminated(host);
    if (terminated.find('\0') != std::string::npos) return std::nullopt;
    sockaddr_storage storage{};
    sockaddr_in in{.sin_family = AF_INET, .sin_port = htons(number), .sin_addr = {}, .sin_zero = {}};
    sockaddr_in6 in6{.sin6_family = AF_INET6, .sin6_port = htons(number), .sin6_flowinfo = 0, .sin6_addr = {}, .sin6_scope_id = 0};
    if (!is_in_brackets && inet_pton(AF_INET, terminated.c_str(), &in.sin_addr) == 1) {
        std::memcpy(&storage, &in, sizeof in);
    } else if ((is_in_brackets || !has_port) && inet_pton(AF_INET6, terminated.c_str(), &in6.sin6_addr) == 1) {
        std::memcpy(&storage, &in6, sizeof in6);
    } else {
        return std::nullopt;
    }
    return from(storage);
}

std::span<const std::uint8_t> PeerAddress::bytes() const {
    return std::span(bytes_).first(family_ == 4 ? 4 : family_ == 6 ? 16 : 0);
}

std::string PeerAddress::text() const {
    if (family_ == 0) return {};
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    const char* text =
        inet_ntop(family_ == 4 ? AF_INET : AF_INET6, bytes_.data(), buffer.data(), buffer.size());
    return text ? text : "";
}

bool PeerAddress::is_loopback() const {
    if (family_ == 4) return bytes_[0] == 127;
    if (family_ != 6) return false;
    return std::all_of(bytes_.begin(), bytes_.begin() + 15, [](std::uint8_t byte) { return byte == 0; }) &&
           bytes_[15] == 1;
}

PeerAddress::Key PeerAddress::key() const {
    Key key;
    key.bytes[0] = family_;
    std::copy_n(bytes_.begin(), family_ == 4 ? 4 : 8, key.bytes.begin() + 1);
    return key;
}

}  // namespace berth::host::transport

std::size_t std::hash<berth::host::transport::PeerAddress::Key>::operator()(
    const berth::host::transport::PeerAddress::Key& key) const noexcept {
    const std::string_view text(reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size());
    return std::hash<std::string_view>{}(text);
}
