// SPDX-License-Identifier: MIT
/// The list in Sec-WebSocket-Extensions (RFC 6455 §9.1).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/http_head.hpp"

namespace berth::wire {

/// `name` or `name=value`; the value without quotes.
struct ExtensionParameter {
    std::string_view name;
    std::optional<std::string_view> value;
};

/// One offer, or one answer.
struct Extension {
    std::string_view name;
    std::vector<ExtensionParameter> parameters;
};

/// The extensions of all Sec-WebSocket-Extensions fields in order, as views of the headers' text; nothing
/// when one of them breaks the grammar.
[[nodiscard]] std::optional<std::vector<Extension>> parse_extensions(const Headers& headers);

}  // namespace berth::wire
