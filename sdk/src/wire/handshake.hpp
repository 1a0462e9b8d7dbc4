// SPDX-License-Identifier: MIT
/// The opening handshake of RFC 6455 §4, both sides, on heads that have been read.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/extensions.hpp"
#include "wire/http_request.hpp"
#include "wire/http_response.hpp"
#include "wire/outcome.hpp"
#include "wire/permessage_deflate.hpp"
#include "wire/refusal.hpp"

namespace berth::wire {

/// The longest list of sub-protocols that a client may offer.
inline constexpr std::size_t subprotocols_max = 64;

/// The value of Sec-WebSocket-Accept: Base64 of SHA-1 of the key and the GUID of RFC 6455 §1.3.
using AcceptKey = std::array<char, 28>;
[[nodiscard]] AcceptKey accept_key(std::string_view key);

/// A valid request to become a WebSocket. Texts live in the request's reader.
struct Upgrade {
    std::string_view key;                        ///< Sec-WebSocket-Key
    std::optional<std::string_view> origin;      ///< the value of Origin; "null" is possible
    std::vector<std::string_view> subprotocols;  ///< offered, in order, without repeats
    std::vector<Extension> extensions;           ///< offered; the server may ignore them all
};

/// Server: whether the request is a valid handshake. If not, the status and sentence to refuse it with: 426
/// for a request that asks for no WebSocket or for another version than 13, 400 for everything that is
/// malformed.
[[nodiscard]] Outcome<Upgrade, HttpError> read_upgrade(const Request& request);

/// Server: appends the 101 response. `subprotocol` is one of those offered, or empty; `extensions` is the value of
/// Sec-WebSocket-Extensions, or empty.
void append_switching_protocols(std::string& to, std::string_view key, std::string_view subprotocol,
                                std::string_view extensions = {});

/// Client: what to ask for. All texts are borrowed for the call.
struct ClientRequest {
    std::string_view authority{};  ///< for Host: name or address, with the port unless it is the scheme's own
    std::string_view target{};     ///< path and query, encoded; begins with '/'
    std::string_view key{};        ///< from client_key
    std::string_view origin{};     ///< empty: none
    std::span<const std::string_view> subprotocols{};
    std::string_view extensions{};  ///< offers, from deflate_offer; empty: none
    std::span<const Header> headers{};  ///< extra fields; none that the handshake itself uses
};

/// Client: the key made of 16 unpredictable bytes.
using ClientKey = std::array<char, 24>;
[[nodiscard]] ClientKey client_key(std::span<const std::uint8_t, 16> nonce) noexcept;

/// Client: the request to send, or a static sentence that says which part can not be sent (so that nobody
/// smuggles lines into it).
[[nodiscard]] Outcome<std::string, std::string_view> make_request(const ClientRequest& request);

/// Client: what the server agreed to.
struct Agreement {
    std::string_view subprotocol;  ///< one of those asked for, or empty; lives in the response's reader
    std::optional<DeflateParameters> deflate;  ///< where it was offered and taken
};

/// Client: whether the response establishes the connection (RFC 6455 §4.1, last list), or a static sentence
/// why not. `offered`: the wish of which deflate_offer was made; nothing: no extension was offered.
[[nodiscard]] Outcome<Agreement, std::string_view> check_response(
    const Response& response, std::string_view key, std::span<const std::string_view> subprotocols,
    const std::optional<DeflateParameters>& offered = {});

}  // namespace berth::wire
