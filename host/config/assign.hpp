// SPDX-License-Identifier: MIT
/// Puts one parsed value into its field: types, grammars and bounds of single values.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "config/keys.hpp"
#include "config/tree.hpp"

namespace berth::host::config {

/// Where the values of one layer (a file, one override) come from.
struct Source {
    Origin::Kind kind = Origin::Kind::file;
    std::string name;
    std::filesystem::path directory;  ///< relative paths start here

    [[nodiscard]] Origin at(std::uint32_t line, std::uint32_t column) const {
        return {kind, name, kind == Origin::Kind::file ? line : 0, kind == Origin::Kind::file ? column : 0};
    }
    [[nodiscard]] Origin at(const Node& node) const { return at(node.line, node.column); }
};

/// Collects what is wrong and where values come from while layers are applied.
struct Notes {
    Diagnostics diagnostics;
    Origins origins;

    void wrong(Origin where, std::string key, std::string message) {
        diagnostics.all.push_back({std::move(where), std::move(key), std::move(message)});
    }
};

/// Sets the field of `key` in `scope` from `node`, or notes why not; `full_key` names it in both.
void assign(const Key& key, const std::string& full_key, Scope scope, const Node& node, const Source& source,
            Notes& notes);

}  // namespace berth::host::config
