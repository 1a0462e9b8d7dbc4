// SPDX-License-Identifier: MIT
#include "unit/plugins/fake_db.hpp"

#include <stdexcept>

namespace berth::test {

namespace {

/// The table's functions get a context, not a database: there is one at a time.
sqlite3* current = nullptr;

sqlite3_stmt* native(berth_statement* statement) {
    return reinterpret_cast<sqlite3_stmt*>(statement);
}

berth_status status_of(int code) {
    return code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW ? BERTH_OK : BERTH_FAILED;
}

berth_status run(const char* sql) {
    return status_of(sqlite3_exec(current, sql, nullptr, nullptr, nullptr));
}

berth_status prepare(berth_context*, berth_str sql, berth_statement** out) noexcept {
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v2(current, sql.data, static_cast<int>(sql.size), &made, nullptr);
    *out = reinterpret_cast<berth_statement*>(made);
    return status_of(code);
}

berth_status bind(berth_statement* statement, std::uint32_t index, const berth_value* value) noexcept {
    const int at = static_cast<int>(index);
    switch (value->type) {
        case BERTH_INTEGER:
            return status_of(sqlite3_bind_int64(native(statement), at, value->as.integer));
        case BERTH_REAL:
            return status_of(sqlite3_bind_double(native(statement), at, value->as.real));
        case BERTH_TEXT:
            return status_of(sqlite3_bind_text(native(statement), at, value->as.bytes.data,
                                               static_cast<int>(value->as.bytes.size), SQLITE_TRANSIENT));
        default:
            return BERTH_INVALID;
    }
}

berth_status step(berth_statement* statement, std::uint32_t* has_row) noexcept {
    const int code = sqlite3_step(native(statement));
    *has_row = code == SQLITE_ROW ? 1 : 0;
    return status_of(code);
}

berth_status column(berth_statement* statement, std::uint32_t index, berth_value* out) noexcept {
    const int at = static_cast<int>(index);
    *out = {};
    switch (sqlite3_column_type(native(statement), at)) {
        case SQLITE_INTEGER:
            out->type = BERTH_INTEGER;
            out->as.integer = sqlite3_column_int64(native(statement), at);
            break;
        case SQLITE_FLOAT:
            out->type = BERTH_REAL;
            out->as.real = sqlite3_column_double(native(statement), at);
            break;
        case SQLITE_NULL:
            out->type = BERTH_NULL;
            break;
        default:
            out->type = BERTH_TEXT;
            out->as.bytes = {reinterpret_cast<const char*>(sqlite3_column_text(native(statement), at)),
                             static_cast<std::size_t>(sqlite3_column_bytes(native(statement), at))};
    }
    return BERTH_OK;
}

}  // namespace

FakeDb::FakeDb(const std::string& file) {
    if (sqlite3_open(file.c_str(), &connection_) != SQLITE_OK)
        throw std::runtime_error("cannot open " + file);
    current = connection_;
    table_ = {
        .struct_size = sizeof table_,
        .reserved = 0,
        .prepare = prepare,
        .bind = bind,
        .step = step,
        .column_count =
            [](berth_statement* s) noexcept {
                return static_cast<std::uint32_t>(sqlite3_column_count(native(s)));
            },
        .column_name = [](berth_statement* s, std::uint32_t index, berth_str* out) noexcept -> berth_status {
            const std::string_view name = sqlite3_column_name(native(s), static_cast<int>(index));
            *out = {name.data(), name.size()};
            return BERTH_OK;
        },
        .column = column,
        .reset = [](berth_statement* s) noexcept -> berth_status {
            sqlite3_reset(native(s));
            return status_of(sqlite3_clear_bindings(native(s)));
        },
        .finalize = [](berth_statement* s) noexcept { sqlite3_finalize(native(s)); },
        .execute =
            [](berth_context*, berth_str sql) noexcept {
                return run(std::string{sql.data, sql.size}.c_str());
            },
        .begin =
            [](berth_context*, std::uint32_t kind) noexcept {
                return run(kind == BERTH_DB_WRITE ? "begin immediate" : "begin");
            },
        .commit = [](berth_context*) noexcept { return run("commit"); },
        .rollback = [](berth_context*) noexcept { return run("rollback"); },
        .last_insert_id = [](berth_context*) noexcept -> std::int64_t {
            return sqlite3_last_insert_rowid(current);
        },
        .changes = [](berth_context*) noexcept -> std::int64_t { return sqlite3_changes(current); },
        .error =
            [](berth_context*, std::int32_t* code, berth_str* text) noexcept {
                if (code != nullptr) *code = sqlite3_extended_errcode(current);
                const std::string_view sentence = sqlite3_errmsg(current);
                if (text != nullptr) *text = {sentence.data(), sentence.size()};
            },
    };
}

FakeDb::~FakeDb() {
    sqlite3_close(connection_);
}

std::string FakeDb::value(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(connection_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(connection_));
    std::string value;
    if (sqlite3_step(statement) == SQLITE_ROW)
        if (const auto* text = sqlite3_column_text(statement, 0)) value = reinterpret_cast<const char*>(text);
    sqlite3_finalize(statement);
    return value;
}

}  // namespace berth::test
