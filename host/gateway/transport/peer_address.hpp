// SPDX-License-Identifier: MIT
/// The address at the other end of a connection, as bytes for tables and as text for people.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace berth::host::transport {

/// An IPv4 or IPv6 address and port; any other family is the empty address. A value, [any thread].
/// An IPv4 address inside IPv6 (::ffff:a.b.c.d) is kept as IPv4, so that one peer has one name.
class PeerAddress {
public:
    PeerAddress() = default;
    [[nodiscard]] static PeerAddress from(const sockaddr_storage& address);
    /// As proxies write it: "203.0.113.7", "203.0.113.7:4711", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711"; without a
    /// port that is 0. Nothing when the text is none.
    [[nodiscard]] static std::optional<PeerAddress> parse(std::string_view text);

    [[nodiscard]] std::string text() const;  ///< "203.0.113.7", "2001:db8::1"; "" for the empty address
    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// 4 bytes of IPv4 or 16 of IPv6 in the order of the network; none for the empty address.
    [[nodiscard]] std::span<const std::uint8_t> bytes() const;
    [[nodiscard]] bool is_loopback() const;

    /// What limits per address count: the IPv4 address, or the /64 network of an IPv6 one
    /// (RELIABILITY §4.1). Two peers are counted together when their keys are equal.
    struct Key {
        std::array<std::uint8_t, 9> bytes{};  ///< family (4, 6 or 0), then at most eight address bytes
        auto operator<=>(const Key&) const = default;
    };
    [[nodiscard]] Key key() const;

private:
    std::array<std::uint8_t, 16> bytes_{};
    std::uint8_t family_ = 0;  ///< 4, 6, or 0 for none
    std::uint16_t port_ = 0;
};

}  // namespace berth::host::transport

template <>
struct std::hash<berth::host::transport::PeerAddress::Key> {
    std::size_t operator()(const berth::host::transport::PeerAddress::Key& key) const noexcept;
};
