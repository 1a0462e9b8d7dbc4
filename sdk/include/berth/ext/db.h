/* SPDX-License-Identifier: MIT
 *
 * Extension "berth.db/1": the context's own database connection.
 *
 * Every context has one connection of its own, opened on first use and closed with the context:
 * transactions, temporary tables, pragmas and last-insert ids never leak between contexts. A
 * transaction still open when an event ends is rolled back and logged. All functions are [context].
 */
#ifndef BERTH_EXT_DB_H
#define BERTH_EXT_DB_H

#include "../berth.h"

#define BERTH_EXT_DB "berth.db/1"

#ifdef __cplusplus
extern "C" {
#endif

/** A prepared statement, valid until it is finalized or the event ends, whichever is first: what was
 *  left is then finalized and logged. Prepare it anew in the next event. */
typedef struct berth_statement berth_statement;

/** Kinds of transaction of `begin`. */
enum {
    BERTH_DB_READ = 0, /**< a stable view; becomes a writer only if it must, and may then fail */
    BERTH_DB_WRITE = 1 /**< takes the write lock at once (BEGIN IMMEDIATE), waiting for others */
};

/** Growable [borrowed: project]. A failure's sentence is in `error`. */
typedef struct berth_db {
    uint32_t struct_size;
    uint32_t reserved;

    /** Prepares the first statement in `sql`. BERTH_INVALID: syntax error, or more than one. */
    berth_status(BERTH_CALL *prepare)(berth_context *context, berth_str sql,
                                      berth_statement **out) BERTH_NOEXCEPT;
    /** Binds parameter `index`, counted from 1; the value is copied. */
    berth_status(BERTH_CALL *bind)(berth_statement *statement, uint32_t index,
                                   const berth_value *value) BERTH_NOEXCEPT;
    /** Runs to the next row; `has_row` gets 1 or, at the end, 0. */
    berth_status(BERTH_CALL *step)(berth_statement *statement, uint32_t *has_row) BERTH_NOEXCEPT;
    /** Number of columns of the result. */
    uint32_t(BERTH_CALL *column_count)(berth_statement *statement) BERTH_NOEXCEPT;
    /** Name of a column, counted from 0; valid until `finalize`. */
    berth_status(BERTH_CALL *column_name)(berth_statement *statement, uint32_t index,
                                          berth_str *out) BERTH_NOEXCEPT;
    /** Value of a column of the current row, counted from 0, as BERTH_NULL, BERTH_INTEGER,
     *  BERTH_REAL, BERTH_TEXT or BERTH_BUFFER; valid until `step`, `reset` or `finalize`. */
    berth_status(BERTH_CALL *column)(berth_statement *statement, uint32_t index,
                                     berth_value *out) BERTH_NOEXCEPT;
    /** Makes the statement ready to run again and forgets its bindings. */
    berth_status(BERTH_CALL *reset)(berth_statement *statement) BERTH_NOEXCEPT;
    /** Ends the statement; NULL is accepted. */
    void(BERTH_CALL *finalize)(berth_statement *statement) BERTH_NOEXCEPT;

    /** Runs all statements in `sql`, without parameters and rows. For schemas. */
    berth_status(BERTH_CALL *execute)(berth_context *context, berth_str sql) BERTH_NOEXCEPT;

    /** Begins a transaction, BERTH_DB_READ or BERTH_DB_WRITE. Transactions do not nest. */
    berth_status(BERTH_CALL *begin)(berth_context *context, uint32_t kind) BERTH_NOEXCEPT;
    /** Ends the transaction and keeps what it changed. A failure without one. */
    berth_status(BERTH_CALL *commit)(berth_context *context) BERTH_NOEXCEPT;
    /** Ends the transaction and undoes what it changed. */
    berth_status(BERTH_CALL *rollback)(berth_context *context) BERTH_NOEXCEPT;

    /** Row id of this connection's last insert. */
    int64_t(BERTH_CALL *last_insert_id)(berth_context *context) BERTH_NOEXCEPT;
    /** Rows changed by this connection's last statement. */
    int64_t(BERTH_CALL *changes)(berth_context *context) BERTH_NOEXCEPT;

    /** The last failure on this connection: the engine's code (SQLite's extended result code) and
     *  a sentence, valid until the next call of this table in the context. Either may be NULL. */
    void(BERTH_CALL *error)(berth_context *context, int32_t *code, berth_str *text) BERTH_NOEXCEPT;
} berth_db;

#ifdef __cplusplus
}
#endif
#endif
