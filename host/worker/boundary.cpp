// SPDX-License-Identifier: MIT
#include "worker/boundary.hpp"

#include <algorithm>
#include <cstring>

#include "base/log.hpp"
#include "worker/runtime.hpp"
#include "worker/text.hpp"
#include "worker/watcher.hpp"

namespace berth::host::worker {
namespace {

thread_local Call* call_under_way = nullptr;

constexpr std::size_t error_bytes_max = 4096;

/// A function pointer without its promise not to throw. A library that breaks the promise would otherwise
/// end the process here; called through this type, what it throws can be caught (RELIABILITY P3).
template <class R, class... A>
auto unpromised(R(BERTH_CALL* f)(A...) noexcept) {
    return static_cast<R(BERTH_CALL*)(A...)>(f);
}

std::string name_of_status(berth_status status) {
    constexpr const char* names[] = {"ok",      "failed",      "gone",  "backlog full", "truncated",
                                     "invalid", "unsupported", "absent"};
    if (status >= 0 && status < static_cast<berth_status>(std::size(names)))
        return std::string("status ") + names[status];
    return "status " + std::to_string(status);
}

/// Marks the slot, and this thread's call, for the scope of one call; then the mark is what it was before.
class Running {
public:
    Running(Call& call, std::uint64_t seq, TimePoint began)
        : slot_(call.executor->slot),
          outer_(call_under_way),
          outer_event_(slot_.event.load(std::memory_order_relaxed)),
          outer_in_project_(slot_.in_project.load(std::memory_order_relaxed)),
          outer_started_ns_(slot_.started_ns.load(std::memory_order_relaxed)) {
        slot_.client.store(value_of(call.client), std::memory_order_relaxed);
        if (seq != 0 || outer_event_ == 0) slot_.seq.store(seq, std::memory_order_relaxed);
        slot_.started_ns.store(began.time_since_epoch().count(), std::memory_order_relaxed);
        slot_.in_project.store(1, std::memory_order_relaxed);
        slot_.event.store(static_cast<std::uint32_t>(call.event), std::memory_order_release);
        set_crash_slot(&slot_);
        call_under_way = &call;
    }
    ~Running() {
        call_under_way = outer_;
        slot_.started_ns.store(outer_started_ns_, std::memory_order_relaxed);
        slot_.in_project.store(outer_in_project_, std::memory_order_relaxed);
        slot_.event.store(outer_event_, std::memory_order_release);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

private:
    link::Slot& slot_;
    Call* outer_;
    const std::uint32_t outer_event_;
    const std::uint32_t outer_in_project_;
    const std::int64_t outer_started_ns_;
};

}  // namespace

EventMark::EventMark(Executor& executor, link::SlotEvent event, ClientId client, std::uint64_t seq) : slot_(executor.slot) {
    executor.last_begin = std::exchange(executor.follows_at_once, false) ? executor.last_end : Clock::now();
    executor.marked_at = executor.last_begin;
    slot_.client.store(value_of(client), std::memory_order_relaxed);
    slot_.seq.store(seq, std::memory_order_relaxed);
    slot_.started_ns.store(executor.marked_at.time_since_epoch().count(), std::memory_order_relaxed);
    slot_.event.store(static_cast<std::uint32_t>(event), std::memory_order_release);
    set_crash_slot(&slot_);
}

EventMark::~EventMark() {
    slot_.event.store(static_cast<std::uint32_t>(link::SlotEvent::none), std::memory_order_release);
}

Call* call_on_this_thread(const Runtime& runtime) {
    return call_under_way != nullptr && call_under_way->runtime == &runtime ? call_under_way : nullptr;
}

Call* call_on_this_thread() { return call_under_way; }

Call* call_into(const berth_context* context) {
    if (call_under_way == nullptr) return nullptr;
    if (context != nullptr && call_under_way->context == context) return call_under_way;
    call_under_way->runtime->host.misused(call_under_way, "context", "a context is used that this call is not made into");
    return nullptr;
}

Result<const berth_project*> Boundary::enter(EntryFunction entry) {
    try {
        return entry();
    } catch (const std::exception& error) {
        return fail(Code::invalid, "its entry threw an exception: " + readable(error.what(), error_bytes_max));
    } catch (...) {
        return fail(Code::invalid, "its entry threw an exception");
    }
}

template <class Body>
Verdict Boundary::call(Executor& executor, Context* context, link::SlotEvent event, std::uint64_t seq,
                       Body&& body, bool* has_left, const CallItem* procedure) {
    Call call{.runtime = &runtime_, .executor = &executor, .context = context, .event = event,
              .client = context == nullptr ? ClientId::global_service : context->id(), .error = {}};
    Verdict verdict;
    Watcher* const watcher = runtime_.settings.watcher;
    Watcher::Event watched{.event = event, .client = call.client,
                                 .procedure = procedure == nullptr ? std::string_view() : procedure->procedure->name,
                                 .args = procedure == nullptr ? nullptr : &procedure->args};
    // The first call of a marked event begins with it: one look at the clock for both.
    const TimePoint marked_at = std::exchange(executor.marked_at, TimePoint{});
    const TimePoint began = marked_at == TimePoint{} ? Clock::now() : marked_at;
    {
        const Running running(call, seq, began);
        if (watcher != nullptr) watcher->begins(watched);
        try {
            verdict.status = body();
        } catch (const std::exception& error) {
            verdict.status = BERTH_FAILED;
            call.error = std::string("exception: ") + readable(error.what(), error_bytes_max);
        } catch (...) {
            verdict.status = BERTH_FAILED;
            call.error = "an exception that is not a std::exception";
        }
    }
    executor.last_end = Clock::now();
    if (has_left != nullptr) *has_left = call.has_left;
    runtime_.counters.event((executor.last_end - began).count());
    if (context != nullptr) end_database_event(*context, event);
    if (!verdict.is_ok()) verdict.error = call.error.empty() ? name_of_status(verdict.status) : std::move(call.error);
    if (context != nullptr) watched.globals = context->globals;
    if (watcher != nullptr) watcher->ended(watched, verdict.status, verdict.error);
    if (verdict.is_ok()) return verdict;

    std::string what{link::name_of(event)};
    if (procedure != nullptr) what += " " + procedure->procedure->name;
    runtime_.counters.error(what + ": " + verdict.error);
    log::error("event failed", {{"project", runtime_.settings.project},
                                {"generation", runtime_.settings.generation},
                                {"client", call.client},
                                {"event", what},
                                {"error", verdict.error}});
    return verdict;
}

void Boundary::end_database_event(Context& context, link::SlotEvent event) {
    db::Connection* connection = context.database.opened();
    if (connection == nullptr) return;
    const db::Leftovers left = connection->end_event();
    context.clear_statements();
    if (Watcher* const watcher = runtime_.settings.watcher; watcher != nullptr && (left.transaction || left.statements != 0))
        watcher->left_open(event, left.transaction, left.statements);
    const auto warn = [&](std::string_view message, std::size_t count) {
        log::warning(message, {{"project", runtime_.settings.project},
                               {"generation", runtime_.settings.generation},
                               {"client", context.id()},
                               {"event", link::name_of(event)},
                               {"count", count}});
    };
    if (left.transaction) warn("a transaction was still open at the end of the event and was rolled back", 1);
    if (left.statements != 0)
        warn("statements were not finalized at the end of the event; they are now", left.statements);
}

Verdict Boundary::load(Executor& executor, void** project) {
    const auto hook = unpromised(runtime_.project.manifest.table.load);
    return call(executor, nullptr, link::SlotEvent::load, 0,
                [&]() -> berth_status { return hook == nullptr ? BERTH_OK : hook(runtime_.host.table(), project); });
}

void Boundary::unload(Executor& executor) {
    const auto hook = unpromised(runtime_.project.manifest.table.unload);
    call(executor, nullptr, link::SlotEvent::unload, 0, [&]() -> berth_status {
        if (hook != nullptr) hook(runtime_.project.object);
        return BERTH_OK;
    });
}

Verdict Boundary::create(Executor& executor, Context& context) {
    const auto hook = unpromised(runtime_.project.manifest.table.context_create);
    return call(executor, &context, link::SlotEvent::context_create, 0, [&]() -> berth_status {
        if (hook == nullptr) return BERTH_OK;
        const berth_status status =
            hook(runtime_.project.object, &context, value_of(context.id()), &context.globals);
        return status;
    });
}

void Boundary::destroy(Executor& executor, Context& context) {
    const auto hook = unpromised(runtime_.project.manifest.table.context_destroy);
    call(executor, &context, link::SlotEvent::context_destroy, 0, [&]() -> berth_status {
        if (hook != nullptr) hook(context.globals, &context);
        return BERTH_OK;
    });
}

Verdict Boundary::global_service(Executor& executor, Context& context) {
    const auto hook = unpromised(runtime_.project.manifest.table.global_service);
    return call(executor, &context, link::SlotEvent::global_service, 0,
                [&]() -> berth_status { return hook == nullptr ? BERTH_OK : hook(context.globals, &context); });
}

Verdict Boundary::connection(Executor& executor, Context& context, berth_admission& admission, bool& has_left) {
    const auto hook = unpromised(runtime_.project.manifest.table.connection);
    const berth_client client = client_view(context);
    return call(
        executor, &context, link::SlotEvent::connection, 0,
        [&]() -> berth_status { return hook == nullptr ? BERTH_OK : hook(context.globals, &context, &client, &admission); },
        &has_left);
}

Verdict Boundary::message(Executor& executor, Context& context, const MessageView& message) {
    const auto hook = unpromised(runtime_.project.manifest.table.message);
    berth_value value{};
    value.type = message.kind == link::Kind::text ? BERTH_TEXT : BERTH_BUFFER;
    value.as.bytes = str(message.payload);
    return call(executor, &context, link::SlotEvent::message, message.seq, [&]() -> berth_status {
        context.client->last_message_ns.store(executor.slot.started_ns.load(std::memory_order_relaxed),
                                              std::memory_order_relaxed);
        return hook == nullptr ? BERTH_OK : hook(context.globals, &context, value_of(context.id()), &value);
    });
}

Verdict Boundary::procedure(Executor& executor, Context& context, const CallItem& item) {
    std::vector<berth_value> args;
    args.reserve(item.args.size());
    for (const Value& value : item.args) args.push_back(view_of(value));
    const auto run = unpromised(item.procedure->run);
    return call(executor, &context, link::SlotEvent::procedure, 0,
                [&]() -> berth_status { return run(context.globals, &context, args.data(), args.size()); }, nullptr,
                &item);
}

Verdict Boundary::disconnection(Executor& executor, Context& context, const EndItem& end) {
    const auto hook = unpromised(runtime_.project.manifest.table.disconnection);
    const berth_close close{.struct_size = sizeof(berth_close),
                            .code = end.code,
                            .cause = static_cast<std::uint16_t>(end.cause),
                            .reason = str(end.reason)};
    return call(executor, &context, link::SlotEvent::disconnection, 0, [&]() -> berth_status {
        return hook == nullptr ? BERTH_OK : hook(context.globals, &context, value_of(context.id()), &close);
    });
}

Verdict Boundary::stop(Executor& executor, Context& context) {
    const auto hook = unpromised(runtime_.project.manifest.table.stop);
    return call(executor, &context, link::SlotEvent::stop, 0,
                [&]() -> berth_status { return hook == nullptr ? BERTH_OK : hook(context.globals, &context); });
}

berth_resume Boundary::resume_table(Executor& executor) {
    berth_resume table{};
    const auto hook = unpromised(runtime_.project.manifest.table.get_extension);
    if (hook == nullptr) return table;
    Call call{.runtime = &runtime_, .executor = &executor, .context = nullptr, .event = link::SlotEvent::load, .error = {}};
    const Running running(call, 0, Clock::now());
    try {
        const auto* given = static_cast<const berth_resume*>(hook(runtime_.project.object, BERTH_EXT_RESUME));
        if (given == nullptr) return table;
        // A hook that the size cuts in the middle is not there: all of them are pointers.
        const std::size_t known = std::min<std::size_t>(given->struct_size, sizeof table);
        std::memcpy(&table, given, known - known % sizeof(void*));
    } catch (...) {
        log::error("get_extension threw: the project is taken for one that does not resume",
                   {{"project", runtime_.settings.project}});
    }
    return table;
}

Verdict Boundary::resumed(Executor& executor, Context& context, const ResumeItem& item) {
    const auto hook = unpromised(runtime_.project.resume.resumed);
    const berth_resumption resumption{
        .struct_size = sizeof(berth_resumption),
        .flags = (item.state ? static_cast<std::uint32_t>(BERTH_RESUME_STATE) : 0u) |
                 (item.is_interrupted ? static_cast<std::uint32_t>(BERTH_RESUME_INTERRUPTED) : 0u),
        .state = str(item.state ? std::string_view(*item.state) : std::string_view())};
    return call(executor, &context, link::SlotEvent::resumed, 0, [&]() -> berth_status {
        return hook == nullptr ? BERTH_OK : hook(context.globals, &context, value_of(context.id()), &resumption);
    });
}

void Boundary::lost(Executor& executor, Context& context, const LostItem& item) {
    const auto hook = unpromised(runtime_.project.resume.lost);
    std::vector<berth_client_id> ids;
    ids.reserve(item.clients.size());
    for (const ClientId client : item.clients) ids.push_back(value_of(client));
    call(executor, &context, link::SlotEvent::lost, 0,
         [&]() -> berth_status { return hook(context.globals, &context, ids.data(), ids.size()); });
}

Verdict Boundary::save(Executor& executor, Context& context, std::string_view& state) {
    const auto hook = unpromised(runtime_.project.resume.save);
    std::unique_ptr<char[]>& buffer = executor.state_buffer;
    if (!buffer) buffer = std::make_unique<char[]>(link::state_bytes_max);
    std::size_t size = 0;
    Verdict verdict = call(executor, &context, link::SlotEvent::save, 0, [&]() -> berth_status {
        return hook(context.globals, &context, buffer.get(), link::state_bytes_max, &size);
    });
    state = {buffer.get(), std::min(size, link::state_bytes_max)};
    return verdict;
}

berth_client client_view(Context& context) {
    const Client& client = *context.client;
    const Request& request = client.request;
    const berth_str* offered = nullptr;
    if (request.offered_count() != 0) {
        auto& views = context.extras().offered_views;
        for (std::size_t i = views.size(); i < request.offered_count(); ++i) views.push_back(str(request.offered(i)));
        offered = views.data();
    }
    return {.struct_size = sizeof(berth_client),
            .port = client.port,
            .id = value_of(client.id),
            .address = str(request.address()),
            .path = str(request.path()),
            .query = str(request.query()),
            .origin = str(request.origin()),
            .subprotocols = offered,
            .subprotocol_count = request.offered_count()};
}

}  // namespace berth::host::worker
