// SPDX-License-Identifier: MIT
/// The table of every key: what load accepts, effective prints, and sample and manual page explain.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/field.hpp"

namespace berth::host::config {

/// The table of a file in which a key stands.
enum class Section {
    host,      ///< [host]
    listen,    ///< [[listen]], any number
    pages,     ///< [pages]
    general,   ///< [defaults] and [project.NAME]
    specific,  ///< [project.NAME] only
};

enum class Kind { text, path, flag, count, bytes, duration, address, choice, texts, pairs, path_table, settings };

/// Bounds of a count (the number), of bytes, or of a duration (milliseconds).
struct Bounds {
    std::uint64_t min = 0;
    std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
    bool zero_allowed = false;  ///< 0 too, below min: it means never, or automatic
};

/// When a changed value holds, after the configuration was read again.
enum class Effect {
    at_once,
    next_load,  ///< of the project: with its next library, or `berth reload NAME`
    next_start  ///< of the host; a reload that would change it is refused
};

struct Key {
    Section section;
    std::string_view name;  ///< inside its table: "limits.message"
    Kind kind;
    Bounds bounds;
    Field (*field)(Scope);           ///< the place of the value
    std::string_view documentation;  ///< sentences
    Effect effect = Effect::at_once;

    /// Enumerators of a choice in their order; else empty.
    [[nodiscard]] std::vector<std::string_view> choices() const;
    /// The built-in value as TOML; empty when there is none.
    [[nodiscard]] std::string default_toml() const;
    /// "limits.message" with its table: "defaults.limits.message", "project.NAME.interval".
    [[nodiscard]] std::string full_name() const;
};

/// In the order in which they should be shown.
[[nodiscard]] std::span<const Key> keys();

/// "at once", "when the project is loaded the next time", "at the host's next start".
[[nodiscard]] std::string_view name_of(Effect effect);

/// "a size such as \"64 KiB\"": what is expected of a value, for messages and manuals.
[[nodiscard]] std::string_view expectation(Kind kind);

}  // namespace berth::host::config
