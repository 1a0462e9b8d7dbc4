// SPDX-License-Identifier: MIT
/// Values as TOML and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/keys.hpp"

namespace berth::host::config {

/// A TOML basic string, quotes included.
[[nodiscard]] std::string in_quotes(std::string_view text);
/// "64 KiB": the largest unit that divides it.
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);
/// The value of a key as TOML; empty when it has none. Not for path_table and settings.
[[nodiscard]] std::string toml_of(const Key& key, Scope scope);
/// A setting's value as TOML.
[[nodiscard]] std::string toml_of(const Setting& setting);
/// The value of a key as JSON; empty when it has none. Not for path_table and settings.
[[nodiscard]] std::string json_of(const Key& key, Scope scope);
[[nodiscard]] std::string json_of(const Setting& setting);
/// Whether a setting must not be shown: its name speaks of a secret, or its value is a URL with a password.
[[nodiscard]] bool is_secret(const Setting& setting);

}  // namespace berth::host::config
