// SPDX-License-Identifier: MIT
/// A prepared statement of SQLite.
#pragma once

#include <SQLiteCpp/Statement.h>

#include "db/connection.hpp"
#include "db/sqlite_connection.hpp"

namespace berth::host::db {

class SqliteStatement final : public Statement {
public:
    /// Throws SQLite::Exception when `sql` can't be prepared.
    SqliteStatement(SqliteConnection& connection, const SQLite::Database& database, const std::string& sql)
        : connection_(connection), statement_(database, sql) {}

    Result<void> bind(std::uint32_t index, const Value& value) override;
    Result<bool> step() override;
    [[nodiscard]] std::uint32_t column_count() const override;
    [[nodiscard]] Result<std::string_view> column_name(std::uint32_t index) override;
    [[nodiscard]] Result<Value> column(std::uint32_t index) override;
    Result<void> reset() override;

private:
    SqliteConnection& connection_;
    SQLite::Statement statement_;
};

}  // namespace berth::host::db
