// SPDX-License-Identifier: MIT
/// Paths, queries, cookies and ws: URLs (RFC 3986, RFC 6455 §3, RFC 6265 §4.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/outcome.hpp"

namespace berth::wire {

/// `text` with its percent-encodings replaced; nothing when a '%' is not followed by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

/// The parameters of a query (without '?') in order, repeats kept, decoded as forms are: '+' is a blank, a
/// '%' that begins no encoding stands for itself. A parameter without '=' has an empty value; empty ones are
/// left out. The decoded bytes may be anything, also no UTF-8.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> split_query(std::string_view query);

/// The cookies of one Cookie field in order, as views of it, not decoded. Pieces without '=' or without a
/// name are left out; quotes around a value are kept, for they belong to it.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> split_cookies(
    std::string_view field);

/// Why a request path is refused, as a static sentence; empty when it is fine. It must begin with '/', be
/// well encoded, and decode to UTF-8 without control characters, backslashes, or segments "." and "..": no
/// two ways to write one place, nothing that climbs.
[[nodiscard]] std::string_view path_problem(std::string_view path);

/// The project that a path asks for: its first segment, where that is a project's name
/// ([a-z0-9][a-z0-9_-]{0,63}).
[[nodiscard]] std::optional<std::string_view> project_of(std::string_view path) noexcept;

/// Whether `name` may be a project's name.
[[nodiscard]] bool is_project_name(std::string_view name) noexcept;

/// Whether `text` can be a Host value: name, IPv4 address or [IPv6 address], then perhaps ":port" (RFC 9110
/// §7.2).
[[nodiscard]] bool is_authority(std::string_view text) noexcept;

/// Whether `c` may stand in a request target: visible ASCII, without '#', '"', '<' and '>'. Browsers send
/// more than RFC 3986 §2 allows.
[[nodiscard]] bool is_target_character(char c) noexcept;

/// A parsed ws: or wss: URL.
struct Url {
    bool secure = false;     ///< wss
    std::string host;        ///< lower case; an IPv6 address without its brackets
    std::uint16_t port = 0;  ///< 80 or 443 when the URL names none
    std::string target;      ///< path and query, begins with '/'

    /// For the Host field: brackets where needed, the port unless it is the scheme's own.
    [[nodiscard]] std::string authority() const;
};

/// Parses an absolute URL, or gives a static sentence why it can not be used: another scheme, user
/// information, a fragment (RFC 6455 §3), a bad host or port, characters that must be encoded.
[[nodiscard]] Outcome<Url, std::string_view> parse_url(std::string_view url);

}  // namespace berth::wire
