// SPDX-License-Identifier: MIT
/// The first page: which projects and pages there are.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace berth::host::pages {

/// HTML of the reply to `status`, null when the host did not answer. `pages` are the prefixes that have an
/// index page. Every value is escaped.
[[nodiscard]] std::string index_page(const nlohmann::json& status, const std::vector<std::string>& pages);
/// Its style, at index_style_path: the policy allows none inside the page.
[[nodiscard]] std::string_view index_style();
inline constexpr std::string_view index_style_path = "/berth.css";

/// Text as content or attribute of HTML.
[[nodiscard]] std::string html_escaped(std::string_view text);

}  // namespace berth::host::pages
