// SPDX-License-Identifier: MIT
/// Where something listens.
#pragma once

#include <cstdint>
#include <string>

namespace berth::host::config {

/// A numeric address and a port; made by `parse_address` (values.hpp).
struct Address {
    std::string host = "127.0.0.1";  ///< without brackets
    std::uint16_t port = 0;          ///< 0: the system chooses
    bool ipv6 = false;

    [[nodiscard]] bool is_loopback() const;
    /// "127.0.0.1:7681", "[::1]:7681".
    [[nodiscard]] std::string text() const;
    bool operator==(const Address&) const = default;
};

}  // namespace berth::host::config
