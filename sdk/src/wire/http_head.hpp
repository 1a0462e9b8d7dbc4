// SPDX-License-Identifier: MIT
/// What requests and responses share: header fields, lists of tokens, limits (RFC 9110, RFC 9112).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace berth::wire {

/// One header field; the value without the white space around it.
struct Header {
    std::string_view name;
    std::string_view value;
};

/// Header fields in the order in which they came, repeats kept.
using Headers = std::vector<Header>;

/// Bounds on a head.
struct HeadLimits {
    std::size_t head_bytes_max = 8 * 1024;  ///< start line, fields and the empty line; more is 431
    std::size_t headers_max = 64;           ///< fields; more is 431
    std::size_t uri_bytes_max = 2 * 1024;   ///< request target; more is 414
};

/// Why a head is refused: the HTTP status to answer with, and a static sentence.
struct HttpError {
    std::uint16_t status = 0;
    std::string_view sentence;
};

/// How far a reader has come.
enum class ReadState : std::uint8_t { reading, complete, refused };

/// Whether two texts are the same but for the case of ASCII letters.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// Whether `c` may stand in a token.
[[nodiscard]] bool is_token_character(char c) noexcept;

/// Whether `c` may stand in a field's value; bytes above ASCII may, unread (RFC 9110 §5.5).
[[nodiscard]] bool is_field_character(char c) noexcept;

/// Whether `text` is a token (RFC 9110 §5.6.2): one or more of the characters that names consist of.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// Whether `text` may stand as a field's value: no control characters but tab (RFC 9110 §5.5).
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

/// `text` without the spaces and tabs around it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// How many fields have that name.
[[nodiscard]] std::size_t count(const Headers& headers, std::string_view name) noexcept;

/// The value of the first field of that name.
[[nodiscard]] std::optional<std::string_view> find(const Headers& headers, std::string_view name) noexcept;

/// The elements of a comma-separated list, over all fields of that name, in order, trimmed; empty elements
/// are left out (RFC 9110 §5.6.1.2). Commas in quoted strings do not divide.
[[nodiscard]] std::vector<std::string_view> list_elements(const Headers& headers, std::string_view name);

/// Whether the list of that name has `token`, ignoring case.
[[nodiscard]] bool list_contains(const Headers& headers, std::string_view name, std::string_view token);

}  // namespace berth::wire
