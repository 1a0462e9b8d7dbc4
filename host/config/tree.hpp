// SPDX-License-Identifier: MIT
/// A parsed file or override as a plain tree with places, so that only one source knows toml++.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "config/origin.hpp"

namespace berth::host::config {

struct Node;

struct Member {
    std::string key;
    std::uint32_t line = 0;  ///< of the key
    std::uint32_t column = 0;
    std::vector<Node> value;  ///< exactly one; a vector since Node is not complete here
};

/// Members in the order of the file.
using Table = std::vector<Member>;
using Array = std::vector<Node>;

/// Text whose type is not known yet: an override. Dates and times have TOML's text.
struct Raw {
    std::string text;
};
struct DateOrTime {
    std::string text;
};

struct Node {
    std::variant<Table, Array, bool, std::int64_t, double, std::string, DateOrTime, Raw> value;
    std::uint32_t line = 0;  ///< of the value; 0 outside files
    std::uint32_t column = 0;
    /// Bytes from the value's place to the first byte of a text: its opening quotes.
    std::uint32_t text_offset = 0;
};

/// "a table", "text", "a whole number": what a node is, for messages.
[[nodiscard]] std::string_view description(const Node& node);

/// Parses a whole file; the error's place is inside it. `name` stands in places.
[[nodiscard]] tl::expected<Table, Diagnostic> read_toml(std::string_view text, std::string_view name);
/// Parses one value as it could stand after `key =`; without places. The error is toml's sentence.
[[nodiscard]] tl::expected<Node, std::string> read_toml_value(std::string_view text);

}  // namespace berth::host::config
