// SPDX-License-Identifier: MIT
/// "did you mean …?" for what was mistyped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::host::cli {

/// The candidate that needs the fewest edits (insert, delete, replace, swap neighbours), when that are few
/// for its length; else nothing.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates);
/// "; did you mean X?" or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates,
                                       std::string_view prefix = "");

}  // namespace berth::host::cli
