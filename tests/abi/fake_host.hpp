// SPDX-License-Identifier: MIT
/// A host that remembers what a project asks of it: enough to drive one through its lifecycle without
/// sockets, processes or the real host's code.
#pragma once

#include <berth/berth.h>
#include <berth/ext/config.h>
#include <berth/ext/db.h>
#include <berth/ext/request.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

struct sqlite3;

namespace berth::test {
class FakeHost;
}

/// What the project gets as its context.
struct berth_context {
    berth::test::FakeHost* host = nullptr;
    berth_client_id client = 0;
    void* globals = nullptr;
    std::string error;      ///< the sentence of the last failure
    sqlite3* db = nullptr;  ///< opened on first use
    std::string db_error;
};

namespace berth::test {

/// A value that owns its bytes.
struct Owned {
    std::uint32_t type = BERTH_NULL;
    std::variant<std::int64_t, double, berth_client_id, std::string> as;

    Owned() = default;
    explicit Owned(const berth_value& value);
    static Owned text(std::string bytes) { return {BERTH_TEXT, std::move(bytes)}; }
    static Owned buffer(std::string bytes) { return {BERTH_BUFFER, std::move(bytes)}; }
    static Owned integer(std::int64_t number) { return {BERTH_INTEGER, number}; }
    static Owned boolean(bool truth) { return {BERTH_BOOLEAN, std::int64_t{truth}}; }
    static Owned real(double number) { return {BERTH_REAL, number}; }
    static Owned client(berth_client_id id) { return {BERTH_CLIENT, id}; }

    [[nodiscard]] berth_value borrow() const;
    bool operator==(const Owned&) const = default;

private:
    template <class T>
    Owned(std::uint32_t kind, T value) : type(kind), as(std::in_place_type<T>, std::move(value)) {}
};

/// What was queued by `execute`.
struct Execution {
    berth_client_id in = 0;
    std::string procedure;
    std::vector<Owned> arguments;
    bool has_completion = false;
    berth_client_id completion_in = 0;
    std::int64_t completion_tag = 0;
    std::string completion_procedure;
};

/// The table with its records. Services may be called from any thread; the records are read by the test
/// while the project is quiet.
class FakeHost {
public:
    FakeHost();
    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;

    berth_host table{};
    std::vector<std::pair<std::int32_t, std::string>> log;
    std::vector<std::pair<berth_client_id, Owned>> sent;
    std::vector<std::pair<berth_client_id, std::pair<std::uint16_t, std::string>>> disconnected;
    std::vector<Execution> executed;
    std::string load_error;  ///< the sentence given inside `load`

    berth_status answer = BERTH_OK;  ///< of send, disconnect and execute
    std::vector<berth_client_id> connected;
    std::map<std::string, Owned> settings;
    std::vector<std::pair<std::string, std::string>> headers;
    bool tls = false;
    bool offers_extensions = true;

private:
    friend struct FakeHostCalls;
    berth_config config_{};
    berth_request request_{};
    berth_db db_{};
    std::mutex mutex_;
};

/// The table of berth.db/1 over SQLite, each context with an in-memory database of its own.
berth_db sqlite_table();
/// Closes what a context opened; true when the project left no statement behind.
bool close_database(berth_context& context);

/// A project's table between load and unload, with contexts made from it.
class Loaded {
public:
    Loaded(const berth_project* project, FakeHost& host);
    ~Loaded();
    Loaded(const Loaded&) = delete;
    Loaded& operator=(const Loaded&) = delete;

    const berth_project* table;
    berth_status status;  ///< of `load`

    /// Makes a context; its `globals` are null when that failed, its `error` says why.
    berth_context& create(berth_client_id client);
    void destroy(berth_context& context);

    berth_status global_service(berth_context& context);
    /// `connection` with a path and offered sub-protocols; fills `admission`.
    berth_status connect(berth_context& context, std::string path,
                         std::vector<std::string> subprotocols = {});
    berth_status say(berth_context& context, const Owned& message);
    berth_status say(berth_context& context, std::string text) {
        return say(context, Owned::text(std::move(text)));
    }
    berth_status leave(berth_context& context, std::uint16_t code, std::uint16_t cause, std::string reason);
    berth_status stop(berth_context& context);
    /// Runs a procedure as the host would, with no checks of its own.
    berth_status run(berth_context& context, const std::string& procedure,
                     const std::vector<Owned>& arguments);

    unsigned refused_with = 0;
    std::string refusal_reason, chosen_subprotocol;

private:
    FakeHost& host_;
    void* project_ = nullptr;
    std::map<berth_client_id, berth_context> contexts_;
};

}  // namespace berth::test
