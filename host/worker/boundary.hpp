// SPDX-License-Identifier: MIT
/// The only file that calls into a project.
#pragma once

#include <berth/berth.h>

#include <string>

#include "base/result.hpp"
#include "worker/context.hpp"
#include "worker/executor.hpp"
#include "worker/library.hpp"

namespace berth::host::worker {

struct Runtime;

/// The call into the project that is under way on this thread.
struct Call {
    Runtime* runtime = nullptr;
    Executor* executor = nullptr;
    Context* context = nullptr;  ///< null in `load` and `unload`
    link::SlotEvent event = link::SlotEvent::none;
    ClientId client{};
    bool has_left = false;  ///< in `connection`: the project disconnected the client that asks
    std::string error;      ///< the sentence of set_error
};

/// The call on this thread, if it is one into this worker's project; else null.
[[nodiscard]] Call* call_on_this_thread(const Runtime& runtime);

/// The call on this thread, into whichever worker's project; else null.
[[nodiscard]] Call* call_on_this_thread();
/// The call on this thread, if it is one into this context; else null.
[[nodiscard]] Call* call_into(const berth_context* context);

/// How a call ended.
struct Verdict {
    berth_status status = BERTH_OK;
    std::string error;  ///< the sentence of a failure; never empty for one
    [[nodiscard]] bool is_ok() const { return status == BERTH_OK; }
};

/// Around every call: marks the executor's slot before and after, catches what is thrown, times, counts, logs
/// failures with project, client and event, and ends what the event left open in its database. An absent hook
/// does nothing and succeeds. [executor]
class Boundary {
public:
    explicit Boundary(Runtime& runtime) : runtime_(runtime) {}

    /// The library's entry; what is thrown becomes an error.
    static Result<const berth_project*> enter(EntryFunction entry);

    Verdict load(Executor& executor, void** project);
    void unload(Executor& executor);
    Verdict create(Executor& executor, Context& context);
    void destroy(Executor& executor, Context& context);
    Verdict global_service(Executor& executor, Context& context);
    Verdict connection(Executor& executor, Context& context, berth_admission& admission, bool& has_left);
    Verdict message(Executor& executor, Context& context, const MessageItem& message);
    Verdict procedure(Executor& executor, Context& context, const CallItem& call);
    Verdict disconnection(Executor& executor, Context& context, const EndItem& end);
    Verdict stop(Executor& executor, Context& context);

private:
    template <class Body>
    Verdict call(Executor& executor, Context* context, link::SlotEvent event, std::uint64_t seq, Body&& body,
                 bool* has_left = nullptr, const CallItem* procedure = nullptr);
    void end_database_event(Context& context, link::SlotEvent event);

    Runtime& runtime_;
};

/// The client as its project sees it [borrowed: as long as the context], which keeps the views of its
/// sub-protocols.
berth_client client_view(Context& context);

}  // namespace berth::host::worker
