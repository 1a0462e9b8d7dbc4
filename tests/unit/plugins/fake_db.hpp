// SPDX-License-Identifier: MIT
/// berth.db/1 over one SQLite connection, as far as the shipped projects need it.
#pragma once

#include <berth/ext/db.h>
#include <sqlite3.h>

#include <string>

namespace berth::test {

/// One connection for all contexts: the shipped projects use the database in the global service only, and
/// `FakeHost` has one thread.
class FakeDb {
public:
    explicit FakeDb(const std::string& file);
    ~FakeDb();
    FakeDb(const FakeDb&) = delete;
    FakeDb& operator=(const FakeDb&) = delete;

    [[nodiscard]] const berth_db* table() const { return &table_; }
    /// The single value of a query, as text.
    std::string value(const std::string& sql) const;

private:
    berth_db table_{};
    sqlite3* connection_ = nullptr;
};

}  // namespace berth::test
