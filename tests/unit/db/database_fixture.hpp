// SPDX-License-Identifier: MIT
/// A real SQLite file in a directory of its own, and words for it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"

namespace berth::host::db {

class DatabaseTest : public testing::Test {
protected:
    DatabaseTest() {
        std::string name = (std::filesystem::temp_directory_path() / "berth-db-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        directory = name;
    }
    ~DatabaseTest() override { std::filesystem::remove_all(directory); }

    [[nodiscard]] DatabaseOptions options(Milliseconds busy = Milliseconds(5000)) const {
        return {.directory = directory, .file = "data.sqlite", .connections_max = 64, .busy = busy};
    }

    std::filesystem::path directory;
};

inline std::unique_ptr<Connection> opened(Database& database) {
    auto connection = database.open();
    EXPECT_TRUE(connection) << (connection ? "" : connection.error().message);
    return connection ? std::move(*connection) : nullptr;
}

/// Runs a script that must succeed.
inline void run(Connection& connection, std::string_view sql) {
    const auto result = connection.execute(sql);
    EXPECT_TRUE(result) << sql << ": " << (result ? "" : result.error().message);
}

/// What a script's refusal says; empty when it succeeds.
inline std::string refusal(Connection& connection, std::string_view sql) {
    const auto result = connection.execute(sql);
    return result ? "" : result.error().message;
}

/// The first column of the first row, as an integer; -1 without one.
inline std::int64_t number(Connection& connection, std::string_view sql) {
    auto statement = connection.prepare(sql);
    EXPECT_TRUE(statement) << sql << ": " << (statement ? "" : statement.error().message);
    if (!statement) return -1;
    const auto row = (*statement)->step();
    EXPECT_TRUE(row) << sql << ": " << (row ? "" : row.error().message);
    std::int64_t result = -1;
    if (row && *row) result = std::get<std::int64_t>((*statement)->column(0).value());
    connection.finalize(*statement);
    return result;
}

inline std::string text(Connection& connection, std::string_view sql) {
    auto statement = connection.prepare(sql);
    EXPECT_TRUE(statement) << sql << ": " << (statement ? "" : statement.error().message);
    if (!statement) return "";
    const auto row = (*statement)->step();
    std::string result;
    if (row && *row) result = std::get<std::string_view>((*statement)->column(0).value());
    connection.finalize(*statement);
    return result;
}

}  // namespace berth::host::db
