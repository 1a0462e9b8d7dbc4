// SPDX-License-Identifier: MIT
/// A value that travels between contexts: owned, so that no context holds a pointer into another.
#pragma once

#include <berth/berth.h>

#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::host::worker {

/// A berth_value with its bytes.
struct Value {
    std::uint32_t type = BERTH_NULL;
    std::int64_t integer = 0;  ///< BERTH_INTEGER, BERTH_BOOLEAN, and BERTH_CLIENT bit by bit
    double real = 0;
    std::string bytes;  ///< BERTH_TEXT, BERTH_BUFFER

    /// What it costs in an inbox.
    [[nodiscard]] std::size_t size() const { return sizeof(Value) + bytes.size(); }

    friend bool operator==(const Value&, const Value&) = default;
};

/// The most that a procedure may be given.
inline constexpr std::size_t parameters_max = 256;

/// Copies a procedure's parameters; an error names the first that is none: an unknown type, a boolean other
/// than 0 and 1, text that is not UTF-8, bytes without data.
Result<std::vector<Value>> copy_of(const berth_value* values, std::size_t count);

/// As the project sees it [borrowed: as long as `value`].
berth_value view_of(const Value& value);

/// "boolean" "integer" "real" "text" "buffer" "client"; others "null".
const char* name_of_type(std::uint32_t type);
/// BERTH_NULL when there is no such type.
std::uint32_t type_named(std::string_view name);

}  // namespace berth::host::worker
