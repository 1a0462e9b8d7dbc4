// SPDX-License-Identifier: MIT
/// What must never stand in a log: query strings, tokens, passwords, cookies (ECOSYSTEM §2, 13; STYLE §7).
#pragma once

#include <string>
#include <string_view>

#include "log/record.hpp"

namespace berth::host::log {

inline constexpr std::string_view redacted = "[redacted]";

/// Whether a field, header, parameter or setting of this name holds a secret: its name speaks of a token,
/// password, secret, cookie, authorization, ticket, credential, or a private or API key.
[[nodiscard]] bool is_secret_name(std::string_view name);

/// The text with these replaced: what follows the ? of a path or URL, the user part of a URL, what follows
/// "Bearer", "Basic" or "bearer.", the value in name=value and name: value where the name is secret, and
/// whatever has the shape of a JSON web token. Redacting twice changes nothing more.
[[nodiscard]] std::string redact(std::string_view text);

/// Message and fields.
void redact(Record& record);

}  // namespace berth::host::log
