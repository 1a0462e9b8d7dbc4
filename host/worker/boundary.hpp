// SPDX-License-Identifier: MIT
/// The only file that calls into a project.
#pragma once

#include <berth/berth.h>
#include <berth/ext/resume.h>

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
/// The call on this thread, if it is one into this context; else null, and its author is told.
[[nodiscard]] Call* call_into(const berth_context* context);

/// Marks an executor's slot for an event as a whole: from its first call into the project until what it sent is out.
/// A death before that leaves the mark, so that nobody takes the event for one that did not begin; after it, `done` is
/// on its way.
class EventMark {
public:
    EventMark(Executor& executor, link::SlotEvent event, ClientId client, std::uint64_t seq = 0);
    ~EventMark();
    EventMark(const EventMark&) = delete;
    EventMark& operator=(const EventMark&) = delete;

private:
    link::Slot& slot_;
};

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
    Verdict message(Executor& executor, Context& context, const MessageView& message);
    Verdict procedure(Executor& executor, Context& context, const CallItem& call);
    Verdict disconnection(Executor& executor, Context& context, const EndItem& end);
    Verdict stop(Executor& executor, Context& context);

    /// The project's own berth.resume/1, as far as it has it.
    [[nodiscard]] berth_resume resume_table(Executor& executor);
    Verdict resumed(Executor& executor, Context& context, const ResumeItem& item);
    void lost(Executor& executor, Context& context, const LostItem& item);
    /// The context's state, in the executor's buffer until its next call.
    Verdict save(Executor& executor, Context& context, std::string_view& state);

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
