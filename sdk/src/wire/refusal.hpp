// SPDX-License-Identifier: MIT
/// The HTTP response that turns a newcomer away.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::wire {

/// A refusal to write.
struct Refusal {
    std::uint16_t status = 400;   ///< 400 to 599
    std::string_view sentence{};  ///< the body, UTF-8 text, with a line end added; may be empty
    std::optional<std::uint32_t> retry_after_s{};
};

/// Server: appends a whole response that refuses and ends the connection: Content-Length, Connection: close,
/// and what the status demands (405: Allow; 426: Upgrade and Sec-WebSocket-Version; 401: WWW-Authenticate).
void append_refusal(std::string& to, const Refusal& refusal);

/// The registered phrase of a status ("Not Found"), or that of its class.
[[nodiscard]] std::string_view reason_phrase(std::uint16_t status) noexcept;

}  // namespace berth::wire
