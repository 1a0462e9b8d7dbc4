// SPDX-License-Identifier: MIT
/// JSON from somebody who may want to do harm.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

namespace berth::host {

/// Nesting beyond it is refused: the library copies and writes values by recursion, and no message of ours comes near.
inline constexpr int foreign_json_depth_max = 64;

/// The value in `text`; a discarded one (`is_discarded()`) when it is no JSON or nested too deeply. [any thread]
template <typename Json = nlohmann::json>
[[nodiscard]] Json parse_foreign(std::string_view text) {
    bool is_too_deep = false;
    const auto look = [&is_too_deep](int depth, typename Json::parse_event_t, Json&) {
        is_too_deep = is_too_deep || depth > foreign_json_depth_max;
        return !is_too_deep;
    };
    Json value = Json::parse(text, look, /*allow_exceptions=*/false);
    return is_too_deep ? Json(Json::value_t::discarded) : value;
}

}  // namespace berth::host
