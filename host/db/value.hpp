// SPDX-License-Identifier: MIT
/// Values that go into and come out of a database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace berth::host::db {

using Blob = std::span<const std::byte>;

/// null, integer, real, text, blob, in the order of the alternatives. Text and blob are views.
using Value = std::variant<std::monostate, std::int64_t, double, std::string_view, Blob>;

}  // namespace berth::host::db
