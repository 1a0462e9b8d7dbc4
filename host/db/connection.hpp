// SPDX-License-Identifier: MIT
/// One context's database connection, whatever the engine (DESIGN §4, DECISIONS §2 and §3).
///
/// A connection and its statements belong to one context: never two calls at once, though the
/// thread may change between calls. Nothing here throws; `last_error` keeps the engine's code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "db/value.hpp"

namespace berth::host::db {

enum class Transaction {
    read,   ///< a stable view
    write,  ///< takes the write lock at once, waiting up to the busy time-out
};

/// The last failure: the engine's own code (SQLite: extended result code) and a sentence.
struct Failure {
    std::int32_t code = 0;
    std::string message;
};

/// What an event left behind, for the log.
struct Leftovers {
    std::size_t statements = 0;
    bool transaction = false;
};

/// A prepared statement; owned by its connection until `finalize`.
class Statement {
public:
    Statement() = default;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    virtual ~Statement() = default;

    /// Binds parameter `index`, from 1; the value is copied. Code::invalid when there is no such one.
    virtual Result<void> bind(std::uint32_t index, const Value& value) = 0;
    /// Goes to the next row: true when there is one, false at the end.
    virtual Result<bool> step() = 0;
    [[nodiscard]] virtual std::uint32_t column_count() const = 0;
    /// Name of column `index`, from 0; valid until finalized.
    [[nodiscard]] virtual Result<std::string_view> column_name(std::uint32_t index) = 0;
    /// Value of column `index`, from 0, of the current row; views last until step, reset, finalize.
    [[nodiscard]] virtual Result<Value> column(std::uint32_t index) = 0;
    /// Makes it ready to run again and forgets its bindings.
    virtual Result<void> reset() = 0;
};

class Connection {
public:
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    /// Finalizes what is left, rolls back, closes.
    virtual ~Connection() = default;

    /// Prepares exactly one statement. Code::invalid: a syntax error, nothing, or more than one.
    virtual Result<Statement*> prepare(std::string_view sql) = 0;
    /// Ends a statement of this connection; null is accepted.
    virtual void finalize(Statement* statement) = 0;
    /// Runs all statements of a script, without parameters and rows.
    virtual Result<void> execute(std::string_view script) = 0;

    /// Transactions do not nest: Code::invalid when one is open.
    virtual Result<void> begin(Transaction kind) = 0;
    virtual Result<void> commit() = 0;    ///< Code::invalid when none is open
    virtual Result<void> rollback() = 0;  ///< Code::invalid when none is open
    [[nodiscard]] virtual bool in_transaction() const = 0;

    [[nodiscard]] virtual std::int64_t last_insert_id() const = 0;
    /// Rows changed by the last statement that changed any.
    [[nodiscard]] virtual std::int64_t changes() const = 0;
    /// Kept until the next failure; code 0 when there was none.
    [[nodiscard]] virtual const Failure& last_error() const = 0;

    /// The event has ended: finalizes its statements, rolls an open transaction back, says what.
    virtual Leftovers end_event() = 0;
};

}  // namespace berth::host::db
