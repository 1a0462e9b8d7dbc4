// SPDX-License-Identifier: MIT
/// Where code of a project runs: a sequence with a queue, globals and a database connection.
#pragma once

#include <berth/berth.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/client_id.hpp"
#include "base/mutex.hpp"
#include "db/database.hpp"
#include "link/events.hpp"
#include "worker/client.hpp"
#include "worker/procedure.hpp"
#include "worker/statement.hpp"
#include "worker/value.hpp"
#include "worker/worker.hpp"

/// The opaque type of the ABI; a Context is one.
struct berth_context {};

namespace berth::host::worker {

/// "Tell me" of berth.h: run `procedure` in the context `in` with (tag, status).
struct Completion {
    ClientId in{};
    std::int64_t tag = 0;
    const Procedure* procedure = nullptr;
};

// What waits in a context's queue.
struct ConnectItem {};
struct MessageItem {
    std::uint64_t seq = 0;
    link::Kind kind = link::Kind::text;
    std::string payload;
    bool is_dropped = false;  ///< came after a close was asked for: acknowledged in its turn, not given to the project
};
/// A message where it lies: in its item, or in the link's buffer [borrowed: call].
struct MessageView {
    std::uint64_t seq = 0;
    link::Kind kind = link::Kind::text;
    std::string_view payload;
    bool is_dropped = false;  ///< MessageItem::is_dropped
};
struct CallItem {
    const Procedure* procedure = nullptr;
    std::vector<Value> args;
    std::optional<Completion> completion;
    std::function<void(Outcome)> then;  ///< an administrator waits for it
};
struct EndItem {
    std::uint16_t code = 0;
    link::Cause cause = link::Cause::network;
    std::string reason;
};
struct ResumeItem {  ///< the client comes from another worker
    std::optional<std::string> state;
    bool is_interrupted = false;
};
struct LostItem {  ///< the global service is told
    std::vector<ClientId> clients;
};
struct PartItem {};  ///< it goes on in another worker
struct RunItem {  ///< the global service, by command
    std::function<void(Outcome)> then;
};
using Item = std::variant<ConnectItem, MessageItem, CallItem, EndItem, RunItem, ResumeItem, PartItem, LostItem>;

/// What an item costs in an inbox.
[[nodiscard]] std::size_t cost_of(const Item& item);

/// Events and procedures of one context in strict order, never two at once.
///
/// Any thread pushes. When `push` says `wake`, the caller hands the context to its executors, exactly one of
/// which then takes items until `drained` answers true; whatever it did is visible to the next (the mutex
/// hands over). Shared by the client table, the queue of executors and whoever runs it: the last one frees it.
class Context final : public berth_context, public std::enable_shared_from_this<Context> {
public:
    enum class Reserve { reserved, full, closed };
    enum class Push { queued, wake, closed };

    /// `client` is null for the global service.
    Context(std::unique_ptr<Client> client, db::Database& database, std::size_t events_max, std::size_t bytes_max);

    [[nodiscard]] ClientId id() const { return client ? client->id : ClientId::global_service; }
    const std::unique_ptr<Client> client;

    /// Room for an item that will be pushed later; counted until it has been handled.
    [[nodiscard]] Reserve reserve(std::size_t bytes) BERTH_EXCLUDES(mutex_);  ///< [any thread]
    /// `is_reserved`: room was reserved before. Otherwise it is counted now, and accepted beyond the bounds.
    [[nodiscard]] Push push(Item item, bool is_reserved = false) BERTH_EXCLUDES(mutex_);  ///< [any thread]
    /// Pushes the last item, the client's end here; every other push finds the context closed from now on. Answers
    /// `closed` when it was pushed before.
    [[nodiscard]] Push push_last(Item item) BERTH_EXCLUDES(mutex_);  ///< [any thread]
    /// Nothing but the end is accepted any more.
    void close() BERTH_EXCLUDES(mutex_);  ///< [any thread]

    /// The next item, or none. [executor]
    [[nodiscard]] std::optional<Item> take() BERTH_EXCLUDES(mutex_);
    /// An item was handled: its room is free. [executor]
    void handled(std::size_t cost) BERTH_EXCLUDES(mutex_);
    /// Whether nothing is left; then the next push wakes again. [executor]
    [[nodiscard]] bool drained() BERTH_EXCLUDES(mutex_);
    [[nodiscard]] std::size_t waiting() const BERTH_EXCLUDES(mutex_);  ///< [any thread]

    /// Takes a context that has nothing to do for the caller, who then runs what comes for it without pushing it, and is
    /// the executor that `take` and `drained` mean. False: it has work, or was closed. While it is taken it counts as one
    /// event. [link's thread]
    [[nodiscard]] bool enter() BERTH_EXCLUDES(mutex_);
    /// Whether something was pushed since, which comes before anything new. [who entered]
    [[nodiscard]] bool has_incoming() const { return has_incoming_.load(std::memory_order_relaxed); }
    /// Ends what `enter` began; false: something was pushed meanwhile, and whoever entered hands the context on. [who entered]
    [[nodiscard]] bool exit() BERTH_EXCLUDES(mutex_);

    // The rest belongs to the context's sequence.
    void* globals = nullptr;
    bool has_globals = false;   ///< context_create succeeded
    bool is_accepted = false;   ///< its client; a disconnection is due
    db::Session database;

    /// What most contexts never have.
    struct Extras {
        std::string saved;             ///< the state that was saved last, of projects that resume
        std::string database_failure;  ///< why it could not be opened
        /// Made on first use by berth.request/1 and kept, so that what was handed out stays valid.
        std::optional<std::vector<std::pair<std::string, std::string>>> query_parameters;
        std::vector<berth_str> offered_views;
        /// Statements of berth.db/1, by their handles.
        std::vector<std::unique_ptr<berth_statement>> statements;

        Extras();
        ~Extras();
    };
    /// Made on first use.
    [[nodiscard]] Extras& extras();
    [[nodiscard]] bool has_extras() const { return extras_ != nullptr; }
    void clear_statements() {
        if (has_extras()) extras_->statements.clear();
    }

    ~Context();

private:
    std::unique_ptr<Extras> extras_;

    Push append(Item item, bool is_counted) BERTH_REQUIRES(mutex_);

    const std::size_t events_max_;
    const std::size_t bytes_max_;
    mutable Mutex mutex_;
    std::vector<Item> incoming_ BERTH_GUARDED_BY(mutex_);
    std::size_t events_ BERTH_GUARDED_BY(mutex_) = 0;
    std::size_t bytes_ BERTH_GUARDED_BY(mutex_) = 0;
    bool is_scheduled_ BERTH_GUARDED_BY(mutex_) = false;
    bool is_closed_ BERTH_GUARDED_BY(mutex_) = false;
    bool has_end_ BERTH_GUARDED_BY(mutex_) = false;
    std::atomic<bool> has_incoming_{false};  ///< written with incoming_
    std::vector<Item> batch_;  ///< taken from incoming_; the sequence's
    std::size_t next_ = 0;
};

using ContextPtr = std::shared_ptr<Context>;

}  // namespace berth::host::worker
