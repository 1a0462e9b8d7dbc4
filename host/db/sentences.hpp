// SPDX-License-Identifier: MIT
/// SQLite's result codes as sentences that say what to do.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "db/connection.hpp"

namespace berth::host::db {

/// What a failure is to whoever acts on it.
[[nodiscard]] Code code_of(int extended_code);

/// "database data.sqlite: locked by another connection for 5 s: ...". `detail` is SQLite's own text.
[[nodiscard]] Failure failure_of(int extended_code, std::string_view detail, std::string_view file,
                                 Milliseconds busy);

}  // namespace berth::host::db
