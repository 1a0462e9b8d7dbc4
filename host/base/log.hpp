// SPDX-License-Identifier: MIT
/// Structured log lines: a constant message and fields. Where they go is the process's sink.
///
/// The supervisor's sink renders lines for people or as JSON; every other process's sink writes one
/// JSON object a line to a pipe that the supervisor reads (`set_sink`). [any thread] throughout.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/client_id.hpp"

namespace berth::host::log {

enum class Level { debug, info, warning, error };

/// One field. Numbers are kept as decimal text; ids too, since JSON readers lose 64-bit integers.
struct Field {
    std::string_view key;
    std::string value;
    bool is_number = false;

    Field(std::string_view k, std::string_view v) : key(k), value(v) {}
    Field(std::string_view k, const std::string& v) : key(k), value(v) {}
    Field(std::string_view k, const char* v) : key(k), value(v) {}
    Field(std::string_view k, ClientId id) : key(k), value(std::to_string(value_of(id))) {}
    template <class T>
        requires std::is_arithmetic_v<T>
    Field(std::string_view k, T v) : key(k), value(std::to_string(v)), is_number(true) {}
};

/// A line on its way to a sink [borrowed: call].
struct Line {
    Level level;
    std::int64_t time_ms;  ///< wall clock
    std::string_view message;
    const std::vector<Field>& fields;
};

using Sink = std::function<void(const Line&)>;

/// Replaces the sink of this process; the default writes plain lines to standard error.
void set_sink(Sink sink);
/// Lines below this level are dropped; default info.
void set_level(Level level);
[[nodiscard]] Level level();
[[nodiscard]] bool is_on(Level level);

void write(Level level, std::string_view message, std::initializer_list<Field> fields);
/// As `write`, for fields that are put together at run time.
void write(Level level, std::string_view message, std::vector<Field> fields);

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
    if (is_on(Level::debug)) write(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::info, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::warning, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::error, message, fields);
}

[[nodiscard]] std::string_view name_of(Level level);
/// "debug" "info" "warning" "error"; anything else is info.
[[nodiscard]] Level level_of(std::string_view name);

}  // namespace berth::host::log
