// SPDX-License-Identifier: MIT
// berth.db/1 over SQLite as plainly as it goes, to try the C++ face on a real engine.
#include <sqlite3.h>

#include "abi/fake_host.hpp"

struct berth_statement {
    berth_context* context;
    sqlite3_stmt* engine;
};

namespace berth::test {

namespace {

sqlite3* connection(berth_context* context) {
    if (!context->db) sqlite3_open(":memory:", &context->db);
    return context->db;
}

berth_status run(berth_context* context, const char* sql) noexcept {
    return sqlite3_exec(connection(context), sql, nullptr, nullptr, nullptr) == SQLITE_OK ? BERTH_OK
                                                                                          : BERTH_FAILED;
}

struct Db {
    static berth_status prepare(berth_context* context, berth_str sql, berth_statement** out) noexcept {
        sqlite3_stmt* engine = nullptr;
        if (sqlite3_prepare_v2(connection(context), sql.data, static_cast<int>(sql.size), &engine, nullptr) !=
            SQLITE_OK)
            return BERTH_INVALID;
        *out = new berth_statement{context, engine};
        return BERTH_OK;
    }
    static berth_status bind(berth_statement* statement, std::uint32_t index,
                             const berth_value* value) noexcept {
        const int at = static_cast<int>(index);
        int code = SQLITE_MISMATCH;
        switch (value->type) {
            case BERTH_NULL:
                code = sqlite3_bind_null(statement->engine, at);
                break;
            case BERTH_INTEGER:
                code = sqlite3_bind_int64(statement->engine, at, value->as.integer);
                break;
            case BERTH_REAL:
                code = sqlite3_bind_double(statement->engine, at, value->as.real);
                break;
            case BERTH_TEXT:
                code =
                    sqlite3_bind_text(statement->engine, at, value->as.bytes.size ? value->as.bytes.data : "",
                                      static_cast<int>(value->as.bytes.size), SQLITE_TRANSIENT);
                break;
            case BERTH_BUFFER:
                code =
                    sqlite3_bind_blob(statement->engine, at, value->as.bytes.size ? value->as.bytes.data : "",
                                      static_cast<int>(value->as.bytes.size), SQLITE_TRANSIENT);
                break;
            default:
                break;
        }
        return code == SQLITE_OK ? BERTH_OK : BERTH_INVALID;
    }
    static berth_status step(berth_statement* statement, std::uint32_t* has_row) noexcept {
        const int code = sqlite3_step(statement->engine);
        *has_row = code == SQLITE_ROW ? 1 : 0;
        return code == SQLITE_ROW || code == SQLITE_DONE ? BERTH_OK : BERTH_FAILED;
    }
    static std::uint32_t column_count(berth_statement* statement) noexcept {
        return static_cast<std::uint32_t>(sqlite3_column_count(statement->engine));
    }
    static berth_status column_name(berth_statement* statement, std::uint32_t index,
                                    berth_str* out) noexcept {
        const char* name = sqlite3_column_name(statement->engine, static_cast<int>(index));
        if (!name) return BERTH_INVALID;
        *out = {name, std::char_traits<char>::length(name)};
        return BERTH_OK;
    }
    static berth_status column(berth_statement* statement, std::uint32_t index, berth_value* out) noexcept {
        const int at = static_cast<int>(index);
        if (index >= column_count(statement)) return BERTH_INVALID;
        *out = {};
        switch (sqlite3_column_type(statement->engine, at)) {
            case SQLITE_INTEGER:
                out->type = BERTH_INTEGER;
                out->as.integer = sqlite3_column_int64(statement->engine, at);
                break;
            case SQLITE_FLOAT:
                out->type = BERTH_REAL;
                out->as.real = sqlite3_column_double(statement->engine, at);
                break;
            case SQLITE_TEXT:
            case SQLITE_BLOB:
                out->type =
                    sqlite3_column_type(statement->engine, at) == SQLITE_TEXT ? BERTH_TEXT : BERTH_BUFFER;
                out->as.bytes.data = static_cast<const char*>(sqlite3_column_blob(statement->engine, at));
                out->as.bytes.size = static_cast<std::size_t>(sqlite3_column_bytes(statement->engine, at));
                break;
            default:
                break;
        }
        return BERTH_OK;
    }
    static berth_status reset(berth_statement* statement) noexcept {
        sqlite3_reset(statement->engine);
        sqlite3_clear_bindings(statement->engine);
        return BERTH_OK;
    }
    static void finalize(berth_statement* statement) noexcept {
        if (!statement) return;
        sqlite3_finalize(statement->engine);
        delete statement;
    }
    static berth_status execute(berth_context* context, berth_str sql) noexcept {
        return run(context, std::string(sql.data, sql.size).c_str());
    }
    static berth_status begin(berth_context* context, std::uint32_t kind) noexcept {
        return run(context, kind == BERTH_DB_WRITE ? "begin immediate" : "begin");
    }
    static berth_status commit(berth_context* context) noexcept { return run(context, "commit"); }
    static berth_status rollback(berth_context* context) noexcept { return run(context, "rollback"); }
    static std::int64_t last_insert_id(berth_context* context) noexcept {
        return sqlite3_last_insert_rowid(connection(context));
    }
    static std::int64_t changes(berth_context* context) noexcept {
        return sqlite3_changes64(connection(context));
    }
    static void error(berth_context* context, std::int32_t* code, berth_str* text) noexcept {
        context->db_error = sqlite3_errmsg(connection(context));
        if (code) *code = sqlite3_extended_errcode(connection(context));
        if (text) *text = {context->db_error.data(), context->db_error.size()};
    }
};

}  // namespace

berth_db sqlite_table() {
    return {sizeof(berth_db),   0,
            Db::prepare,        Db::bind,
            Db::step,           Db::column_count,
            Db::column_name,    Db::column,
            Db::reset,          Db::finalize,
            Db::execute,        Db::begin,
            Db::commit,         Db::rollback,
            Db::last_insert_id, Db::changes,
            Db::error};
}

bool close_database(berth_context& context) {
    return sqlite3_close(std::exchange(context.db, nullptr)) == SQLITE_OK;
}

}  // namespace berth::test
