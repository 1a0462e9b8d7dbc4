// SPDX-License-Identifier: MIT
/// A connection to SQLite through SQLiteCpp, whose exceptions end here.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "db/cap.hpp"
#include "db/connection.hpp"

namespace SQLite {
class Database;
class Exception;
class Statement;
}  // namespace SQLite

namespace berth::host::db {

class SqliteStatement;

class SqliteConnection final : public Connection {
public:
    /// Opens or creates the file. Other files that its SQL names must lie in `directory`. The slot is held as long as
    /// the connection lives.
    static Result<std::unique_ptr<SqliteConnection>> create(const std::filesystem::path& file,
                                                            const std::filesystem::path& directory,
                                                            Milliseconds busy, Cap::Slot slot);
    ~SqliteConnection() override;

    Result<Statement*> prepare(std::string_view sql) override;
    void finalize(Statement* statement) override;
    Result<void> execute(std::string_view script) override;
    Result<void> begin(Transaction kind) override;
    Result<void> commit() override;
    Result<void> rollback() override;
    [[nodiscard]] bool in_transaction() const override;
    [[nodiscard]] std::int64_t last_insert_id() const override;
    [[nodiscard]] std::int64_t changes() const override;
    [[nodiscard]] const Failure& last_error() const override { return last_error_; }
    Leftovers end_event() override;

    /// Keeps a failure as the last one and makes it an error. For statements too.
    tl::unexpected<Error> refuse(const SQLite::Exception& exception);
    tl::unexpected<Error> refuse(int extended_code, std::string_view detail);

private:
    SqliteConnection(const std::filesystem::path& file, const std::filesystem::path& directory, Milliseconds busy,
                     Cap::Slot slot);
    /// SQLite's question before it prepares a statement; `self` is the connection.
    static int authorize(void* self, int action, const char* first, const char* second, const char* database,
                         const char* trigger) noexcept;
    /// Why a file may not be attached; empty when it may. `file`: null when it is no literal.
    [[nodiscard]] std::string why_not_attach(const char* file) const;

    Result<void> open(const std::filesystem::path& file);
    Result<void> use_wal();
    Result<void> run(const char* sql);
    bool is_single(std::string_view sql);

    Cap::Slot slot_;
    const std::string name_;  // of the file, for sentences
    const std::filesystem::path directory_;
    std::string denied_;  // why the last question was answered with no
    const Milliseconds busy_;
    std::unique_ptr<SQLite::Database> database_;
    std::vector<std::unique_ptr<SqliteStatement>> statements_;
    Failure last_error_;
};

}  // namespace berth::host::db
