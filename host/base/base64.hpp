// SPDX-License-Identifier: MIT
/// Bytes in JSON messages: base64 with padding (RFC 4648 §4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::host {

[[nodiscard]] std::string to_base64(std::string_view bytes);
/// Nothing when it is not exactly that: other characters, a wrong length, padding inside, bits left over.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace berth::host
