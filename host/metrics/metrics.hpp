// SPDX-License-Identifier: MIT
/// The host's figures as Prometheus text (STYLE §7): families berth_*, no label per client.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace berth::host::metrics {

/// The text format 0.0.4 of what the control verb `stats` answered. Members that a host leaves out give no
/// sample; everything else of `stats` has one, and every limit stands beside what it limits. [any thread]
[[nodiscard]] std::string text(const nlohmann::json& stats);

/// The media type of `text`.
inline constexpr const char* media_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace berth::host::metrics
