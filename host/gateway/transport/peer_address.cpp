// SPDX-License-Identifier: MIT
#include "gateway/transport/peer_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <string_view>

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
