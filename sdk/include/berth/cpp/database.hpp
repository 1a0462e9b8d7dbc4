// SPDX-License-Identifier: MIT
//
// The context's own database (berth.db/1), with ownership and types.
//
//   db().exec("insert into history (who, text) values (?, ?)", who, text);
//   for (auto [who, text] : db().query<std::string, std::string>("select who, text from history"))
//   auto write = db().write(); ...; write.commit();
#ifndef BERTH_CPP_DATABASE_HPP
#define BERTH_CPP_DATABASE_HPP

#include <iterator>
#include <memory>
#include <tuple>

#include "../ext/db.h"
#include "value.hpp"

namespace berth {

/// A failure of the database; `what` has the engine's sentence and the statement.
class DatabaseError : public Error {
public:
    DatabaseError(Status status, std::int32_t code, const std::string& what)
        : Error(status, what), code_(code) {}

    /// The engine's code (SQLite's extended result code), 0 when it is the face that complains.
    std::int32_t code() const noexcept { return code_; }

private:
    std::int32_t code_;
};

namespace detail {

/// The connection: the extension's table and the context that it serves.
struct Connection {
    const berth_db* table = nullptr;
    berth_context* context = nullptr;

    void check(berth_status status, std::string_view what) const {
        if (status == BERTH_OK) return;
        std::int32_t code = 0;
        berth_str text{};
        table->error(context, &code, &text);
        throw DatabaseError(static_cast<Status>(status), code,
                            "database: " + std::string(view(text)) + ": " + std::string(what));
    }
};

}  // namespace detail

/// The current row of a statement. Views read from it are valid until the next row.
class Row {
public:
    /// Column `index`, from 0, as T. NULL is only readable as std::optional; a real column may hold
    /// an integer; otherwise the types must agree. Throws DatabaseError.
    template <class T>
    T get(std::uint32_t index) const {
        if (index >= columns())
            throw DatabaseError(Status::invalid, 0,
                                "database: there is no column " + std::to_string(index) + ", the row has " +
                                    std::to_string(columns()));
        berth_value value{};
        connection_.check(connection_.table->column(statement_, index, &value), "reading a column");
        if constexpr (detail::IsOptional<T>::value) {
            if (value.type == BERTH_NULL) return std::nullopt;
            return convert<typename detail::IsOptional<T>::Value>(value, index);
        } else {
            return convert<T>(value, index);
        }
    }

    /// All columns as a tuple, or the one as it is.
    template <class First, class... Rest>
    auto as() const {
        if constexpr (sizeof...(Rest) == 0)
            return get<First>(0);
        else
            return read<std::tuple<First, Rest...>>(std::index_sequence_for<First, Rest...>{});
    }

    std::uint32_t columns() const { return connection_.table->column_count(statement_); }

private:
    friend class Statement;
    Row(detail::Connection connection, berth_statement* statement)
        : connection_(connection), statement_(statement) {}

    template <class Tuple, std::size_t... I>
    Tuple read(std::index_sequence<I...>) const {
        return Tuple{get<std::tuple_element_t<I, Tuple>>(static_cast<std::uint32_t>(I))...};
    }

    // The engine knows no booleans and no clients: both are stored as integers.
    template <class T>
    T convert(berth_value value, std::uint32_t index) const {
        if constexpr (detail::Boolean<T>) {
            if (value.type == BERTH_INTEGER) value.type = BERTH_BOOLEAN;
        } else if constexpr (std::same_as<T, ClientId>) {
            if (value.type == BERTH_INTEGER) return ClientId{static_cast<berth_client_id>(value.as.integer)};
        } else if constexpr (detail::Real<T>) {
            if (value.type == BERTH_INTEGER) return static_cast<T>(value.as.integer);
        }
        detail::Decoded<T> decoded = detail::decode<T>(value);
        if (!decoded.wrong) return std::move(decoded.value);
        berth_str name{};
        connection_.table->column_name(statement_, index, &name);
        std::string text = "database: column " + std::string(view(name)) + " is ";
        if (value.type == detail::type_of<T>())
            text += decoded.wrong;
        else
            text.append(detail::type_name(value.type))
                .append(", read as ")
                .append(detail::type_name(detail::type_of<T>()));
        if (value.type == BERTH_NULL) text += "; read it as std::optional";
        throw DatabaseError(Status::invalid, 0, text);
    }

    detail::Connection connection_;
    berth_statement* statement_;
};

/// A prepared statement; ends with its scope, at the latest with the event. Not kept across events.
class Statement {
public:
    Statement(detail::Connection connection, std::string_view sql)
        : connection_(connection), statement_(nullptr, Finalize{connection.table}), sql_(sql) {
        berth_statement* made = nullptr;
        connection_.check(connection_.table->prepare(connection_.context, str(sql), &made), sql);
        statement_.reset(made);
    }

    /// Binds all parameters in order, after forgetting those of the run before.
    template <class... A>
    Statement& bind(const A&... arguments) {
        connection_.check(connection_.table->reset(statement_.get()), sql_);
        std::uint32_t index = 0;
        (bind_one(++index, arguments), ...);
        return *this;
    }

    /// Runs to the next row; false at the end.
    bool step() {
        std::uint32_t has_row = 0;
        connection_.check(connection_.table->step(statement_.get(), &has_row), sql_);
        return has_row != 0;
    }

    /// The current row, after a `step` that was true.
    Row row() const { return {connection_, statement_.get()}; }

private:
    struct Finalize {
        const berth_db* table;
        void operator()(berth_statement* statement) const noexcept { table->finalize(statement); }
    };

    template <class A>
    void bind_one(std::uint32_t index, const A& argument) {
        berth_value value = detail::encode(argument);
        if (value.type == BERTH_BOOLEAN) value.type = BERTH_INTEGER;
        if (value.type == BERTH_CLIENT)
            value = detail::integer_value(BERTH_INTEGER, static_cast<std::int64_t>(value.as.client));
        connection_.check(connection_.table->bind(statement_.get(), index, &value), sql_);
    }

    detail::Connection connection_;
    std::unique_ptr<berth_statement, Finalize> statement_;
    std::string sql_;
};

/// The rows of a query, read one by one: as `Row`, or as T, or as a tuple of several T.
template <class... T>
class Rows {
public:
    explicit Rows(Statement statement) : statement_(std::move(statement)) {}

    class iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using difference_type = std::ptrdiff_t;

        explicit iterator(Statement* statement) : statement_(statement) {}
        auto operator*() const {
            if constexpr (sizeof...(T) == 0)
                return statement_->row();
            else
                return statement_->row().template as<T...>();
        }
        iterator& operator++() {
            if (!statement_->step()) statement_ = nullptr;
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const noexcept { return statement_ == nullptr; }

    private:
        Statement* statement_;
    };

    /// Runs to the first row; once.
    iterator begin() { return ++iterator(&statement_); }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    Statement statement_;
};

/// A transaction; rolled back at the end of its scope unless it was committed.
class Transaction {
public:
    Transaction(detail::Connection connection, std::uint32_t kind) : connection_(connection) {
        connection_.check(connection_.table->begin(connection_.context, kind), "begin");
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction() {
        if (open_) connection_.table->rollback(connection_.context);
    }

    /// Makes it permanent. If that fails it is rolled back at the end of the scope.
    void commit() {
        connection_.check(connection_.table->commit(connection_.context), "commit");
        open_ = false;
    }

private:
    detail::Connection connection_;
    bool open_ = true;
};

/// The context's own connection, opened on first use. Every member throws DatabaseError.
class Database {
public:
    explicit Database(detail::Connection connection) : connection_(connection) {}

    /// Runs a statement without rows and says how many rows it changed. Without arguments `sql` may
    /// hold many statements, such as a schema.
    template <class... A>
    std::int64_t exec(std::string_view sql, const A&... arguments) const {
        if constexpr (sizeof...(A) == 0) {
            connection_.check(connection_.table->execute(connection_.context, str(sql)), sql);
        } else {
            Statement statement(connection_, sql);
            statement.bind(arguments...);
            while (statement.step()) {
            }
        }
        return changes();
    }

    /// The rows of a query: `query(sql, ...)` as Row, `query<T...>(sql, ...)` as T or a tuple.
    template <class... T, class... A>
    Rows<T...> query(std::string_view sql, const A&... arguments) const {
        Statement statement(connection_, sql);
        statement.bind(arguments...);
        return Rows<T...>(std::move(statement));
    }

    /// The first row of a query as T or a tuple, or nothing. Not for views: the row is gone.
    template <class First, class... Rest, class... A>
    auto first(std::string_view sql, const A&... arguments) const {
        static_assert(
            !std::same_as<First, std::string_view> && !(std::same_as<Rest, std::string_view> || ...),
            "first: read texts as std::string, the row is gone");
        Statement statement(connection_, sql);
        statement.bind(arguments...);
        using Result = decltype(statement.row().template as<First, Rest...>());
        if (!statement.step()) return std::optional<Result>{};
        return std::optional<Result>{statement.row().template as<First, Rest...>()};
    }

    Statement prepare(std::string_view sql) const { return {connection_, sql}; }

    /// A transaction that writes: takes the write lock at once, waiting for others.
    Transaction write() const { return {connection_, BERTH_DB_WRITE}; }
    /// A transaction that reads: a stable view.
    Transaction read() const { return {connection_, BERTH_DB_READ}; }

    std::int64_t last_insert_id() const { return connection_.table->last_insert_id(connection_.context); }
    /// Rows changed by the last statement.
    std::int64_t changes() const { return connection_.table->changes(connection_.context); }

private:
    detail::Connection connection_;
};

}  // namespace berth

#endif
