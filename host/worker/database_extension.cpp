// SPDX-License-Identifier: MIT
#include <cstring>

#include "base/log.hpp"
#include "worker/boundary.hpp"
#include "worker/extensions.hpp"
#include "worker/runtime.hpp"
#include "worker/statement.hpp"
#include "worker/text.hpp"

namespace berth::host::worker {
namespace {

/// SQLITE_CANTOPEN: the code of a connection that could not be opened.
constexpr std::int32_t cannot_open = 14;

berth_status status_of(Code code) { return code == Code::invalid ? BERTH_INVALID : BERTH_FAILED; }

/// The statement's context, when it is that of the call.
Context* context_in(const Call* call, const berth_statement* statement) {
    if (call == nullptr || call->context == nullptr) return nullptr;
    // The handle may be stale, so it is looked for in the context that runs here, not followed.
    for (const auto& known : call->context->extras().statements) {
        if (known.get() == statement) return call->context;
    }
    return nullptr;
}

/// The same for the call on this thread; else its author is told.
Context* context_of(const berth_statement* statement) {
    Call* call = call_on_this_thread();
    if (statement == nullptr || call == nullptr) return nullptr;
    if (Context* const here = context_in(call, statement)) return here;
    call->runtime->host.misused(call, "statement", "a statement is used that this event has not prepared, or has finalized");
    return nullptr;
}

/// The context's connection, opened on first use.
db::Connection* connection_of(berth_context* context) {
    Call* call = call_into(context);
    if (call == nullptr) return nullptr;
    auto connection = call->context->database.use();
    if (connection) return *connection;
    call->context->extras().database_failure = connection.error().message;
    log::error("a database connection could not be opened",
               {{"project", call->runtime->settings.project},
                {"client", call->client},
                {"event", link::name_of(call->event)},
                {"error", connection.error().message}});
    return nullptr;
}

/// BERTH_INVALID outside of the context, else BERTH_FAILED: it could not be opened.
berth_status no_connection(berth_context* context) {
    return call_into(context) == nullptr ? BERTH_INVALID : BERTH_FAILED;
}

template <class R>
berth_status status_of(const Result<R>& result) {
    return result ? BERTH_OK : status_of(result.error().code);
}

berth_status BERTH_CALL prepare(berth_context* context, berth_str sql, berth_statement** out) noexcept {
    if (out == nullptr || !has_data(sql)) return BERTH_INVALID;
    *out = nullptr;
    db::Connection* connection = connection_of(context);
    if (connection == nullptr) return no_connection(context);
    auto statement = connection->prepare(view(sql));
    if (!statement) return status_of(statement.error().code);
    Context& here = *call_into(context)->context;
    here.extras().statements.push_back(std::make_unique<berth_statement>(berth_statement{&here, *statement}));
    *out = here.extras().statements.back().get();
    return BERTH_OK;
}

Result<db::Value> value_of_parameter(const berth_value& from) {
    switch (from.type) {
        case BERTH_NULL: return db::Value(std::monostate{});
        case BERTH_BOOLEAN:
        case BERTH_INTEGER: return db::Value(from.as.integer);
        case BERTH_CLIENT: {
            std::int64_t integer = 0;  // Bit by bit: SQLite has no unsigned integers.
            std::memcpy(&integer, &from.as.client, sizeof(integer));
            return db::Value(integer);
        }
        case BERTH_REAL: return db::Value(from.as.real);
        case BERTH_TEXT:
            if (has_data(from.as.bytes)) return db::Value(view(from.as.bytes));
            break;
        case BERTH_BUFFER:
            if (has_data(from.as.bytes))
                return db::Value(std::as_bytes(std::span(from.as.bytes.data, from.as.bytes.size)));
            break;
        default: break;
    }
    return fail(Code::invalid, "no value");
}

berth_status BERTH_CALL bind(berth_statement* statement, std::uint32_t index, const berth_value* value) noexcept {
    if (context_of(statement) == nullptr || value == nullptr) return BERTH_INVALID;
    const auto parameter = value_of_parameter(*value);
    return parameter ? status_of(statement->statement->bind(index, *parameter)) : BERTH_INVALID;
}

berth_status BERTH_CALL step(berth_statement* statement, std::uint32_t* has_row) noexcept {
    if (context_of(statement) == nullptr) return BERTH_INVALID;
    const auto row = statement->statement->step();
    if (has_row != nullptr) *has_row = row && *row ? 1 : 0;
    return status_of(row);
}

std::uint32_t BERTH_CALL column_count(berth_statement* statement) noexcept {
    return context_of(statement) == nullptr ? 0 : statement->statement->column_count();
}

berth_status BERTH_CALL column_name(berth_statement* statement, std::uint32_t index, berth_str* out) noexcept {
    if (context_of(statement) == nullptr || out == nullptr) return BERTH_INVALID;
    const auto name = statement->statement->column_name(index);
    if (name) *out = str(*name);
    return status_of(name);
}

berth_status BERTH_CALL column(berth_statement* statement, std::uint32_t index, berth_value* out) noexcept {
    if (context_of(statement) == nullptr || out == nullptr) return BERTH_INVALID;
    const auto value = statement->statement->column(index);
    if (!value) return status_of(value);
    *out = {};
    if (const auto* integer = std::get_if<std::int64_t>(&*value)) {
        out->type = BERTH_INTEGER;
        out->as.integer = *integer;
    } else if (const auto* real = std::get_if<double>(&*value)) {
        out->type = BERTH_REAL;
        out->as.real = *real;
    } else if (const auto* text = std::get_if<std::string_view>(&*value)) {
        out->type = BERTH_TEXT;
        out->as.bytes = str(*text);
    } else if (const auto* blob = std::get_if<db::Blob>(&*value)) {
        out->type = BERTH_BUFFER;
        out->as.bytes = {reinterpret_cast<const char*>(blob->data()), blob->size()};
    }
    return BERTH_OK;
}

berth_status BERTH_CALL reset(berth_statement* statement) noexcept {
    return context_of(statement) == nullptr ? BERTH_INVALID : status_of(statement->statement->reset());
}

void BERTH_CALL finalize(berth_statement* statement) noexcept {
    // One that the host has finalized already, at the end of its event, is nobody's fault.
    Context* context = context_in(call_on_this_thread(), statement);
    if (context == nullptr) return;
    if (db::Connection* connection = context->database.opened()) connection->finalize(statement->statement);
    std::erase_if(context->extras().statements, [&](const auto& known) { return known.get() == statement; });
}

berth_status BERTH_CALL execute(berth_context* context, berth_str sql) noexcept {
    if (!has_data(sql)) return BERTH_INVALID;
    db::Connection* connection = connection_of(context);
    return connection == nullptr ? no_connection(context) : status_of(connection->execute(view(sql)));
}

berth_status BERTH_CALL begin(berth_context* context, std::uint32_t kind) noexcept {
    if (kind != BERTH_DB_READ && kind != BERTH_DB_WRITE) return BERTH_INVALID;
    db::Connection* connection = connection_of(context);
    if (connection == nullptr) return no_connection(context);
    return status_of(connection->begin(kind == BERTH_DB_WRITE ? db::Transaction::write : db::Transaction::read));
}

berth_status BERTH_CALL commit(berth_context* context) noexcept {
    db::Connection* connection = connection_of(context);
    return connection == nullptr ? no_connection(context) : status_of(connection->commit());
}

berth_status BERTH_CALL rollback(berth_context* context) noexcept {
    db::Connection* connection = connection_of(context);
    return connection == nullptr ? no_connection(context) : status_of(connection->rollback());
}

std::int64_t BERTH_CALL last_insert_id(berth_context* context) noexcept {
    const db::Connection* connection = connection_of(context);
    return connection == nullptr ? 0 : connection->last_insert_id();
}

std::int64_t BERTH_CALL changes(berth_context* context) noexcept {
    const db::Connection* connection = connection_of(context);
    return connection == nullptr ? 0 : connection->changes();
}

void BERTH_CALL error(berth_context* context, std::int32_t* code, berth_str* text) noexcept {
    if (code != nullptr) *code = 0;
    if (text != nullptr) *text = {};
    const Call* call = call_into(context);
    if (call == nullptr) return;
    if (const db::Connection* connection = call->context->database.opened()) {
        if (code != nullptr) *code = connection->last_error().code;
        if (text != nullptr) *text = str(connection->last_error().message);
    } else if (!call->context->extras().database_failure.empty()) {
        if (code != nullptr) *code = cannot_open;
        if (text != nullptr) *text = str(call->context->extras().database_failure);
    }
}

}  // namespace

const berth_db* database_extension() {
    static constexpr berth_db table{.struct_size = sizeof(berth_db),
                                    .reserved = 0,
                                    .prepare = prepare,
                                    .bind = bind,
                                    .step = step,
                                    .column_count = column_count,
                                    .column_name = column_name,
                                    .column = column,
                                    .reset = reset,
                                    .finalize = finalize,
                                    .execute = execute,
                                    .begin = begin,
                                    .commit = commit,
                                    .rollback = rollback,
                                    .last_insert_id = last_insert_id,
                                    .changes = changes,
                                    .error = error};
    return &table;
}

}  // namespace berth::host::worker
