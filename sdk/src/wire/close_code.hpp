// SPDX-License-Identifier: MIT
/// Close codes: RFC 6455 §7.4 and the registry of IANA that it founded.
#pragma once

#include <cstdint>
#include <string_view>

#include "wire/frame.hpp"

namespace berth::wire {

/// Codes by name. Projects use 3000 to 4999 as they like, hence plain numbers.
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t unsupported_data = 1003;
inline constexpr std::uint16_t no_status = 1005;  ///< never on the wire: the peer's close frame had no code
inline constexpr std::uint16_t abnormal =
    1006;  ///< never on the wire: the connection ended without a close frame
inline constexpr std::uint16_t invalid_payload = 1007;
inline constexpr std::uint16_t policy_violation = 1008;
inline constexpr std::uint16_t message_too_big = 1009;
inline constexpr std::uint16_t mandatory_extension = 1010;
inline constexpr std::uint16_t internal_error = 1011;
inline constexpr std::uint16_t service_restart = 1012;
inline constexpr std::uint16_t try_again_later = 1013;
inline constexpr std::uint16_t bad_gateway = 1014;
inline constexpr std::uint16_t tls_handshake = 1015;  ///< never on the wire
}  // namespace close_code

/// Whether a peer may put this code into its close frame: 1000 to 1003, 1007 to 1014, 3000 to 4999.
[[nodiscard]] bool may_be_received(std::uint16_t code) noexcept;

/// Whether `role` may put this code into a close frame: as above, but 1010 is for clients only.
[[nodiscard]] bool may_be_sent(std::uint16_t code, Role role) noexcept;

/// A short name for logs ("going away"), "application" for 3000 to 4999, "unknown" for the rest.
[[nodiscard]] std::string_view close_code_name(std::uint16_t code) noexcept;

}  // namespace berth::wire
