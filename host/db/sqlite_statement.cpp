// SPDX-License-Identifier: MIT
#include "db/sqlite_statement.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <limits>
#include <string>

namespace berth::host::db {
namespace {

std::string counted(int count, std::string_view noun) {
    return (count == 0 ? "no" : std::to_string(count)) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace

Result<void> SqliteStatement::bind(std::uint32_t index, const Value& value) {
    const int count = statement_.getBindParameterCount();
    if (index == 0 || index > static_cast<std::uint32_t>(count))
        return connection_.refuse(SQLITE_RANGE, "there is no parameter " + std::to_string(index) +
                                                    ": the statement has " + counted(count, "parameter") +
                                                    ", counted from 1");
    const int at = static_cast<int>(index);
    try {
        if (std::holds_alternative<std::monostate>(value)) {
            statement_.bind(at);
        } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
            statement_.bind(at, *integer);
        } else if (const auto* real = std::get_if<double>(&value)) {
            statement_.bind(at, *real);
        } else if (const auto* text = std::get_if<std::string_view>(&value)) {
            statement_.bind(at, std::string(*text));
        } else {
            const Blob blob = std::get<Blob>(value);
            if (blob.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
                return connection_.refuse(SQLITE_TOOBIG, "a blob has at most 2 GiB");
            // An empty blob is not null; a null pointer would make it so.
            statement_.bind(at, blob.empty() ? static_cast<const void*>("") : blob.data(),
                            static_cast<int>(blob.size()));
        }
    } catch (const SQLite::Exception& exception) {
        return connection_.refuse(exception);
    }
    return {};
}

Result<bool> SqliteStatement::step() {
    if (statement_.isDone())
        return connection_.refuse(SQLITE_MISUSE, "the statement has ended: reset it before it runs again");
    try {
        return statement_.executeStep();
    } catch (const SQLite::Exception& exception) {
        return connection_.refuse(exception);
    }
}

std::uint32_t SqliteStatement::column_count() const {
    return static_cast<std::uint32_t>(statement_.getColumnCount());
}

Result<std::string_view> SqliteStatement::column_name(std::uint32_t index) {
    if (index >= column_count())
        return connection_.refuse(SQLITE_RANGE,
                                  "there is no column " + std::to_string(index) + ": the result has " +
                                      counted(statement_.getColumnCount(), "column") + ", counted from 0");
    try {
        const char* name = statement_.getColumnName(static_cast<int>(index));
        return name == nullptr ? std::string_view() : std::string_view(name);
    } catch (const SQLite::Exception& exception) {
        return connection_.refuse(exception);
    }
}

Result<Value> SqliteStatement::column(std::uint32_t index) {
    if (!statement_.hasRow())
        return connection_.refuse(SQLITE_MISUSE,
                                  "there is no current row: step first, and look what it answered");
    if (index >= column_count())
        return connection_.refuse(SQLITE_RANGE,
                                  "there is no column " + std::to_string(index) + ": the result has " +
                                      counted(statement_.getColumnCount(), "column") + ", counted from 0");
    try {
        const SQLite::Column column = statement_.getColumn(static_cast<int>(index));
        switch (column.getType()) {
            case SQLITE_INTEGER:
                return Value(static_cast<std::int64_t>(column.getInt64()));
            case SQLITE_FLOAT:
                return Value(column.getDouble());
            case SQLITE_TEXT: {
                const char* text = column.getText();
                return Value(std::string_view(text, static_cast<std::size_t>(column.getBytes())));
            }
            case SQLITE_BLOB: {
                const auto* bytes = static_cast<const std::byte*>(column.getBlob());
                return Value(Blob(bytes, static_cast<std::size_t>(column.getBytes())));
            }
            default:
                return Value();
        }
    } catch (const SQLite::Exception& exception) {
        return connection_.refuse(exception);
    }
}

Result<void> SqliteStatement::reset() {
    // sqlite3_reset repeats the failure of the last step, which was told then.
    (void)statement_.tryReset();
    try {
        statement_.clearBindings();
    } catch (const SQLite::Exception& exception) {
        return connection_.refuse(exception);
    }
    return {};
}

}  // namespace berth::host::db
