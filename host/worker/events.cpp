// SPDX-License-Identifier: MIT
#include "worker/events.hpp"


#include "base/log.hpp"
#include "worker/runtime.hpp"
#include "worker/text.hpp"
#include "worker/watcher.hpp"

namespace berth::host::worker {
namespace {

constexpr std::size_t refusal_reason_bytes_max = 1024;

/// Why an admission cannot be taken as it is; empty: it can.
std::string problem_of(const berth_admission& admission, const Client& client) {
    if (admission.http_status != 0 && (admission.http_status < 400 || admission.http_status > 599))
        return "status " + std::to_string(admission.http_status) + " is no refusal; use 400 to 599, or 0 to accept";
    if (admission.http_status != 0 || admission.subprotocol.size == 0) return {};
    const std::string_view chosen = view(admission.subprotocol);
    for (std::size_t i = 0; i < client.request.offered_count(); ++i) {
        if (client.request.offered(i) == chosen) return {};
    }
    return "sub-protocol " + in_quotes(chosen) + " was not offered";
}

}  // namespace

Hold Events::hold() const {
    return runtime_.project.is(BERTH_PROJECT_REPEATABLE) ? Hold::to_the_end : Hold::streaming;
}

bool Events::run_batch(Context& context, Executor& executor) {
    const TimePoint began = Clock::now();
    for (int items = 0; items < batch_items; ++items) {
        auto item = context.take();
        if (!item) break;
        const std::size_t cost = cost_of(*item);
        executor.follows_at_once = items > 0 && executor.last_end >= began;
        run(context, executor, *item);
        context.handled(cost);
        if (executor.last_end - began > batch_time) break;
    }
    return !context.drained();
}

void Events::run(Context& context, Executor& executor, Item& item) {
    if (std::holds_alternative<ConnectItem>(item)) return connect(context, executor);
    if (const auto* message_item = std::get_if<MessageItem>(&item)) {
        return message(context, executor,
                       {message_item->seq, message_item->kind, message_item->payload, message_item->is_dropped});
    }
    if (auto* call_item = std::get_if<CallItem>(&item)) return call(context, executor, *call_item);
    if (const auto* end_item = std::get_if<EndItem>(&item)) return end(context, executor, *end_item);
    if (auto* resume_item = std::get_if<ResumeItem>(&item)) return resume(context, executor, *resume_item);
    if (std::holds_alternative<PartItem>(item)) return part(context, executor);
    if (const auto* lost_item = std::get_if<LostItem>(&item)) return lost(context, executor, *lost_item);
    if (auto* run_item = std::get_if<RunItem>(&item)) runtime_.service.run_by_command(*run_item);
}

Verdict Events::create(Context& context, Executor& executor) {
    Verdict verdict = runtime_.boundary.create(executor, context);
    context.has_globals = verdict.is_ok();
    return verdict;
}

void Events::connect(Context& context, Executor& executor) {
    Client& client = *context.client;
    // Abandoned before its turn came: the project never hears of it.
    if (client.state.load() == ClientState::ended) return;

    const EventMark mark(executor, link::SlotEvent::connection, client.id);
    executor.emission.begin(Hold::admission, client.id);
    if (!create(context, executor).is_ok()) return refuse(context, executor, 500, {});

    berth_admission admission{};
    admission.struct_size = sizeof(admission);
    bool has_left = false;
    if (!runtime_.boundary.connection(executor, context, admission, has_left).is_ok())
        return refuse(context, executor, 500, {});
    if (const std::string problem = problem_of(admission, client); !problem.empty()) {
        runtime_.counters.error("connection: " + problem);
        log::error("admission can't be used; the client is refused with 500",
                   {{"project", runtime_.settings.project}, {"client", client.id}, {"error", problem}});
        if (runtime_.settings.watcher != nullptr)
            runtime_.settings.watcher->misused({"admission", problem, link::SlotEvent::connection});
        return refuse(context, executor, 500, {});
    }
    if (admission.http_status != 0)
        return refuse(context, executor, static_cast<std::uint16_t>(admission.http_status),
                      readable(view(admission.reason), refusal_reason_bytes_max));

    // From here on the project is owed a disconnection, even when the client has given up meanwhile.
    context.is_accepted = true;
    client.chosen(view(admission.subprotocol));
    if (runtime_.clients.accept(client, has_left)) {
        executor.emission.admit(client.id, {.status = 0, .reason = {}, .subprotocol = client.subprotocol()});
        save(context, executor);
    } else {
        executor.emission.forget_own();
    }
    finish(executor);
}

void Events::refuse(Context& context, Executor& executor, std::uint16_t status, std::string_view reason) {
    const bool was_waiting = context.client->state.load() != ClientState::ended;
    runtime_.clients.end(*context.client);
    context.close();
    if (was_waiting) {
        executor.emission.admit(context.id(), {.status = status, .reason = reason, .subprotocol = {}});
    } else {
        executor.emission.forget_own();
    }
    destroy(context, executor);
    finish(executor);
}

void Events::message(Context& context, Executor& executor, const MessageView& item) {
    Client& client = *context.client;
    const EventMark mark(executor, link::SlotEvent::message, client.id, item.seq);
    executor.emission.begin(hold(), client.id);
    // One that could not be resumed has no globals, and is being closed.
    if (!item.is_dropped && context.has_globals) {
        if (runtime_.boundary.message(executor, context, item).is_ok()) {
            save(context, executor);
        } else if (runtime_.clients.leave(client)) {
            executor.emission.close(client.id, 1011, link::Cause::error, {});
        }
    }
    const bool is_told = !client.is_orphan.load(std::memory_order_relaxed);
    if (runtime_.project.survives()) {
        if (is_told) executor.emission.done(client.id, item.seq);
        finish(executor);
    } else if (is_told) {
        executor.emission.end_gathering(client.id, item.seq);
    } else {
        executor.emission.end();
    }
}

void Events::call(Context& context, Executor& executor, CallItem& item) {
    if (context.client && !context.has_globals) return runtime_.calls.answer(item, {BERTH_GONE, "the context has ended"});
    const EventMark mark(executor, link::SlotEvent::procedure, context.id());
    executor.emission.begin(hold(), context.id());
    Verdict verdict = runtime_.boundary.procedure(executor, context, item);
    save(context, executor);
    finish(executor);
    runtime_.calls.answer(item, {verdict.status, std::move(verdict.error)});
}

void Events::destroy(Context& context, Executor& executor) {
    if (context.has_globals) runtime_.boundary.destroy(executor, context);
    context.has_globals = false;
    context.globals = nullptr;
    context.clear_statements();
    context.database.close();
}

void Events::end(Context& context, Executor& executor, const EndItem& item) {
    const EventMark mark(executor, link::SlotEvent::disconnection, context.id());
    executor.emission.begin(hold(), context.id());
    if (context.is_accepted) runtime_.boundary.disconnection(executor, context, item);
    destroy(context, executor);
    if (!context.client->is_orphan.load(std::memory_order_relaxed)) executor.emission.released(context.id());
    finish(executor);
    runtime_.context_ended();
}

void Events::resume(Context& context, Executor& executor, ResumeItem& item) {
    Client& client = *context.client;
    const EventMark mark(executor, link::SlotEvent::resumed, client.id);
    executor.emission.begin(hold(), client.id);
    if (item.state) context.extras().saved = *item.state;
    const bool is_made = create(context, executor).is_ok();
    // Without globals there is nothing that a disconnection could be told to.
    if (!is_made) context.is_accepted = false;
    if (is_made && runtime_.boundary.resumed(executor, context, item).is_ok()) {
        save(context, executor);
    } else if (runtime_.clients.leave(client)) {
        executor.emission.close(client.id, 1011, link::Cause::error, {});
    }
    if (!client.is_orphan.load(std::memory_order_relaxed)) executor.emission.done(client.id, 0);
    finish(executor);
}

void Events::part(Context& context, Executor& executor) {
    const ClientId client = context.id();
    // Its gateway died meanwhile, and the client with it.
    if (context.client->is_orphan.load()) {
        return end(context, executor, {.code = 1006, .cause = link::Cause::network, .reason = {}});
    }
    const EventMark mark(executor, link::SlotEvent::context_destroy, client);
    (void)runtime_.clients.remove(client);
    executor.emission.begin(hold(), client);
    destroy(context, executor);
    executor.emission.parted(client);
    finish(executor);
    runtime_.context_ended();
}

void Events::lost(Context& context, Executor& executor, const LostItem& item) {
    executor.emission.begin(hold(), context.id());
    runtime_.boundary.lost(executor, context, item);
    finish(executor);
}

void Events::save(Context& context, Executor& executor) {
    if (!context.client || runtime_.project.resume.save == nullptr || !runtime_.project.resumes()) return;
    if (context.client->is_orphan.load(std::memory_order_relaxed)) return;
    std::string_view state;
    // What cannot be saved now leaves what was saved before.
    if (!runtime_.boundary.save(executor, context, state).is_ok() || state == context.extras().saved) return;
    executor.emission.saved(context.id(), state);
    context.extras().saved = state;
}

void Events::finish(Executor& executor) { executor.emission.end(/*settles=*/runtime_.project.survives()); }

Verdict Events::run_global_service(Context& context, Executor& executor) {
    executor.emission.begin(hold(), context.id());
    Verdict verdict = runtime_.boundary.global_service(executor, context);
    executor.emission.end();
    return verdict;
}

void Events::stop_global_service(Context& context, Executor& executor) {
    executor.emission.begin(hold(), context.id());
    runtime_.boundary.stop(executor, context);
    destroy(context, executor);
    executor.emission.end();
}

}  // namespace berth::host::worker
