// SPDX-License-Identifier: MIT
/// How the two ends agree on permessage-deflate (RFC 7692 §7.1).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "wire/extensions.hpp"
#include "wire/outcome.hpp"

namespace berth::wire {

/// Bits of a window that may be agreed on, and the fewest that zlib deflates with.
inline constexpr std::uint8_t window_bits_min = 8;
inline constexpr std::uint8_t window_bits_max = 15;
inline constexpr std::uint8_t deflate_window_bits_min = 9;

/// What holds for a connection: of what the server sends, and of what the client sends. As a wish: the largest windows,
/// and whether contexts may be taken over.
struct DeflateParameters {
    std::uint8_t server_window_bits = window_bits_max;
    std::uint8_t client_window_bits = window_bits_max;
    bool server_takes_over_context = true;  ///< from one message to the next
    bool client_takes_over_context = true;

    bool operator==(const DeflateParameters&) const = default;
};

/// An offer that the server takes.
struct DeflateAgreement {
    DeflateParameters parameters;
    std::string answer;  ///< for Sec-WebSocket-Extensions of the response
};

/// Server: takes the first of the offers that it can, with no more than `wish`. An offer with a parameter that is
/// unknown, stands twice, or has a value that it may not have, is passed over (RFC 7692 §7.1), and so are other
/// extensions; nothing when no offer is left.
///
/// The client's window is smaller than 15 bits only where the client says that this can be asked of it. A window of
/// 8 bits for what the server sends is agreed to and means that the server sends plain messages.
[[nodiscard]] std::optional<DeflateAgreement> accept_deflate(std::span<const Extension> offers,
                                                             const DeflateParameters& wish);

/// Client: the offer to make, for Sec-WebSocket-Extensions of the request.
[[nodiscard]] std::string deflate_offer(const DeflateParameters& wish);

/// Client: what a server's answer to that offer means; or a static sentence why the connection must fail.
[[nodiscard]] Outcome<DeflateParameters, std::string_view> check_deflate(std::span<const Extension> answer,
                                                                         const DeflateParameters& wish);

}  // namespace berth::wire
