// SPDX-License-Identifier: MIT
#include "db/sqlite_connection.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <string_view>
#include <thread>

#include "db/database.hpp"
#include "db/sentences.hpp"
#include "db/sqlite_statement.hpp"

namespace berth::host::db {
namespace {

/// Whether a text has nothing but blanks, semicolons and comments.
bool is_blank(std::string_view sql) {
    for (;;) {
        const std::size_t at = sql.find_first_not_of(" \t\r\n\f;");
        if (at == std::string_view::npos) return true;
        sql.remove_prefix(at);
        std::size_t end = 0;
        if (sql.starts_with("--")) {
            end = sql.find('\n');
        } else if (sql.starts_with("/*")) {
            end = sql.find("*/", 2);
            if (end != std::string_view::npos) ++end;
        } else {
            return false;
        }
        if (end == std::string_view::npos) return true;
        sql.remove_prefix(end + 1);
    }
}

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::create(const std::filesystem::path& file,
                                                                   const std::filesystem::path& directory,
                                                                   Milliseconds busy, Cap::Slot slot) {
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection(file, directory, busy, std::move(slot)));
    BERTH_TRY(connection->open(file));
    return connection;
}

SqliteConnection::SqliteConnection(const std::filesystem::path& file, const std::filesystem::path& directory,
                                   Milliseconds busy, Cap::Slot slot)
    : slot_(std::move(slot)), name_(file.filename().string()), directory_(directory), busy_(busy) {}

// Statements end before their database, the database before its slot is free for the next.
SqliteConnection::~SqliteConnection() {
    statements_.clear();
    database_.reset();
}

tl::unexpected<Error> SqliteConnection::refuse(int extended_code, std::string_view detail) {
    const bool is_ours = (extended_code & 0xff) == SQLITE_AUTH && !denied_.empty();
    last_error_ = failure_of(extended_code, is_ours ? denied_ : detail, name_, busy_);
    return fail(code_of(extended_code), last_error_.message);
}

tl::unexpected<Error> SqliteConnection::refuse(const SQLite::Exception& exception) {
    const int extended = exception.getExtendedErrorCode();
    return refuse(extended > 0                   ? extended
                  : exception.getErrorCode() > 0 ? exception.getErrorCode()
                                                 : SQLITE_MISUSE,
                  exception.what());
}

Result<void> SqliteConnection::open(const std::filesystem::path& file) {
    try {
        database_ = std::make_unique<SQLite::Database>(
            file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, static_cast<int>(busy_.count()));
    } catch (const SQLite::Exception& exception) {
        return refuse(exception);
    }
    sqlite3* handle = database_->getHandle();
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
    BERTH_TRY(use_wal());
    BERTH_TRY(run("PRAGMA synchronous=NORMAL"));
    // Each attached file takes descriptors beyond those that the cap counts on; VACUUM needs one place.
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 3);
    sqlite3_set_authorizer(handle, &SqliteConnection::authorize, this);
    return {};
}

int SqliteConnection::authorize(void* self, int action, const char* first, const char*, const char*,
                                const char*) noexcept {
    auto& connection = *static_cast<SqliteConnection*>(self);
    try {
        // VACUUM and VACUUM INTO attach, too: an unnamed file, and the one that they name.
        if (action == SQLITE_ATTACH) {
            connection.denied_ = connection.why_not_attach(first);
            return connection.denied_.empty() ? SQLITE_OK : SQLITE_DENY;
        }
        if (action == SQLITE_PRAGMA && first != nullptr && sqlite3_stricmp(first, "temp_store_directory") == 0) {
            connection.denied_ = "temporary files stay where they are: the setting would be the whole process's";
            return SQLITE_DENY;
        }
    } catch (...) {  // Out of memory, or a file system that can't be asked.
        return SQLITE_DENY;
    }
    return SQLITE_OK;
}

std::string SqliteConnection::why_not_attach(const char* file) const {
    if (file == nullptr) return "the name of a file to attach must be written in the statement, not bound or computed";
    const std::filesystem::path path(file);
    if (path.empty() || path == ":memory:") return "";
    if (!path.is_absolute())
        return std::string("\"") + file + "\" is relative to wherever the host was started: write the whole path, inside " +
               directory_.string();
    std::error_code error;
    const auto inside = std::filesystem::weakly_canonical(directory_, error).string();
    const std::string_view text(file);
    // The project's directory by its own name or by its canonical one; path_inside follows what comes below it.
    for (const std::string& root : {directory_.string(), inside}) {
        if (root.empty() || !text.starts_with(root) || text.substr(root.size()).substr(0, 1) != "/") continue;
        const auto checked = path_inside(directory_, std::string(text.substr(root.size() + 1)));
        return checked ? "" : checked.error().message;
    }
    return std::string("\"") + file + "\" lies outside the project's directory " + directory_.string();
}

Result<void> SqliteConnection::use_wal() {
    // Changing the journal does not wait for locks as statements do: connections that open a new file
    // at the same time meet here.
    const TimePoint deadline = Clock::now() + busy_;
    for (;;) {
        const Result<void> done = run("PRAGMA journal_mode=WAL");
        if (done || (last_error_.code & 0xff) != SQLITE_BUSY || Clock::now() >= deadline) return done;
        std::this_thread::sleep_for(Milliseconds(2));
    }
}

Result<void> SqliteConnection::run(const char* sql) {
    try {
        database_->exec(sql);
    } catch (const SQLite::Exception& exception) {
        return refuse(exception);
    }
    return {};
}

bool SqliteConnection::is_single(std::string_view sql) {
    // Most statements have their only semicolon, if any, at the end. Others are asked of the parser.
    const std::size_t last = sql.find_last_not_of(" \t\r\n;");
    if (last == std::string_view::npos || sql.substr(0, last).find(';') == std::string_view::npos)
        return true;
    sqlite3_stmt* statement = nullptr;
    const char* rest = sql.data();
    const int code = sqlite3_prepare_v2(database_->getHandle(), sql.data(), static_cast<int>(sql.size()),
                                        &statement, &rest);
    sqlite3_finalize(statement);
    // What can't be prepared is refused with the parser's own words later.
    return code != SQLITE_OK || is_blank(sql.substr(static_cast<std::size_t>(rest - sql.data())));
}

Result<Statement*> SqliteConnection::prepare(std::string_view sql) {
    // SQLite takes lengths as int; its own bound is lower.
    constexpr std::size_t sql_bytes_max = 1'000'000;
    if (sql.size() > sql_bytes_max) return refuse(SQLITE_TOOBIG, "a statement has at most 1,000,000 bytes");
    if (sql.find('\0') != std::string_view::npos)
        return refuse(SQLITE_ERROR, "a statement has no zero bytes");
    if (is_blank(sql)) return refuse(SQLITE_ERROR, "there is no statement in this text");
    if (!is_single(sql))
        return refuse(SQLITE_ERROR,
                      "more than one statement: prepare each by itself, or use execute for scripts");
    try {
        auto statement = std::make_unique<SqliteStatement>(*this, *database_, std::string(sql));
        statements_.push_back(std::move(statement));
        return statements_.back().get();
    } catch (const SQLite::Exception& exception) {
        return refuse(exception);
    }
}

void SqliteConnection::finalize(Statement* statement) {
    std::erase_if(statements_, [&](const auto& mine) { return mine.get() == statement; });
}

Result<void> SqliteConnection::execute(std::string_view script) {
    if (script.find('\0') != std::string_view::npos)
        return refuse(SQLITE_ERROR, "a script has no zero bytes");
    return run(std::string(script).c_str());
}

Result<void> SqliteConnection::begin(Transaction kind) {
    if (in_transaction())
        return refuse(SQLITE_MISUSE,
                      "a transaction is open already, and they do not nest: commit or roll back first");
    return run(kind == Transaction::write ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED");
}

Result<void> SqliteConnection::commit() {
    if (!in_transaction()) return refuse(SQLITE_MISUSE, "there is no transaction to commit: begin one first");
    return run("COMMIT");
}

Result<void> SqliteConnection::rollback() {
    if (!in_transaction())
        return refuse(SQLITE_MISUSE, "there is no transaction to roll back: begin one first");
    return run("ROLLBACK");
}

bool SqliteConnection::in_transaction() const {
    return sqlite3_get_autocommit(database_->getHandle()) == 0;
}

std::int64_t SqliteConnection::last_insert_id() const {
    return database_->getLastInsertRowid();
}

std::int64_t SqliteConnection::changes() const {
    return database_->getChanges();
}

Leftovers SqliteConnection::end_event() {
    Leftovers left{.statements = statements_.size(), .transaction = in_transaction()};
    statements_.clear();
    if (left.transaction) (void)run("ROLLBACK");
    return left;
}

}  // namespace berth::host::db
