// SPDX-License-Identifier: MIT
/// A record as one line of text, for people or for machines (STYLE §7).
#pragma once

#include <string>
#include <string_view>

#include "log/record.hpp"

namespace berth::host::log {

/// The text with every character that could break a line or mislead a terminal written as an escape:
/// controls (\n, \t, \xNN), the invisible ones that change the direction of text (\u202E), and bytes that
/// are not UTF-8 (\xNN). A backslash is doubled.
[[nodiscard]] std::string escaped(std::string_view text);

/// A value of a field: escaped, and in double quotes when it is empty or has blanks, quotes or '='.
[[nodiscard]] std::string quoted_value(std::string_view value);

/// "2026-11-24T15:10:34.123Z", UTC.
[[nodiscard]] std::string time_text(std::int64_t wall_clock_ms);

/// "2026-11-24T15:10:34.123Z info    client connected  project=chat client=184 path=/chat". Well-known
/// fields come first, in one order, the rest as they were written. With `colour`, SGR sequences around the
/// parts. One line, without its newline.
[[nodiscard]] std::string render_human(const Record& record, bool colour);

/// {"time":"…","level":"info","message":"…","project":"chat","client":"184",…}: fields beside the head, in
/// the order of the human line; a field that is called like a member of the head gets a "_" behind it.
[[nodiscard]] std::string render_json(const Record& record);

}  // namespace berth::host::log
