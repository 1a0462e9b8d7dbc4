// SPDX-License-Identifier: MIT
/// Networks of addresses as people write them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::host {

/// An IPv4 or IPv6 network in CIDR notation (RFC 4632, RFC 4291 §2.3), or one address. A value, [any thread].
/// An IPv4 network inside IPv6 (::ffff:a.b.c.d/96+n) is the IPv4 network, as it is with addresses of peers.
class IpNetwork {
public:
    /// "10.0.0.0/8", "2001:db8::/32", "192.0.2.7", "::1"; the error says what to write instead. A network of everybody (/0)
    /// and one with bits behind its prefix are refused.
    static Result<IpNetwork> parse(std::string_view text);

    /// @param address 4 bytes of IPv4 or 16 of IPv6 in the order of the network; anything else is in no network
    [[nodiscard]] bool contains(std::span<const std::uint8_t> address) const;
    /// As `parse` reads it, in one spelling; one address without prefix.
    [[nodiscard]] std::string text() const;
    bool operator==(const IpNetwork&) const = default;

private:
    std::array<std::uint8_t, 16> bytes_{};  ///< of IPv4 the first four
    std::size_t size_ = 4;                  ///< 4 or 16
    std::size_t prefix_ = 32;               ///< bits that count, from the first
};

}  // namespace berth::host
