// SPDX-License-Identifier: MIT
/// Manual pages, made from the table of verbs and the table of configuration keys.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::host::cli {

/// "berth.1" or "berth.toml.5" as roff with the man macros; nothing for another name.
[[nodiscard]] std::optional<std::string> manual(std::string_view page);

/// berth(1).
[[nodiscard]] std::string program_manual();
/// berth.toml(5).
[[nodiscard]] std::string configuration_manual();

}  // namespace berth::host::cli
