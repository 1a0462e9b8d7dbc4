// SPDX-License-Identifier: MIT
#include "worker/worker.hpp"

#include <algorithm>
#include <limits>
#include <thread>

#include "base/log.hpp"
#include "worker/crash_marks.hpp"
#include "worker/runtime.hpp"

namespace berth::host::worker {
namespace {

WorkerSettings sorted(WorkerSettings settings) {
    std::sort(settings.settings.begin(), settings.settings.end(),
              [](const Setting& a, const Setting& b) { return a.key < b.key; });
    return settings;
}

db::DatabaseOptions options_of(const WorkerSettings& settings) {
    const auto& file = settings.database.file;
    return {.directory = settings.data_directory,
            .file = file.is_absolute() ? file.lexically_relative(settings.data_directory).string() : file.string(),
            .connections_max = settings.database.connections,
            .busy = settings.database.busy};
}

}  // namespace

Runtime::Runtime(WorkerSettings its_settings, link::SlotTable& its_slots)
    : settings(sorted(std::move(its_settings))),
      slot_table(its_slots),
      database(options_of(settings)),
      topics({.topics = settings.limits.topics, .of_client = settings.limits.subscriptions}),
      clients(topics),
      host(*this),
      boundary(*this),
      calls(*this),
      events(*this),
      ticker([this](TimePoint now) {
          const bool is_held = executors.tick(now);
          if (pool.tick(now)) return Pool::stalled_after;
          return is_held ? Emission::streamed_after : Ticker::idle;
      }),
      pool({.has_signal_stacks = settings.marks_crashes,
            .executors_max = settings.limits.executors,
            .executors_min = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, settings.limits.executors)},
           {.table = slot_table, .slots = slots, .executors = executors, .outlet = outlet, .posts = calls,
            .ticker = ticker},
           [this](Context& context, Executor& executor) { return events.run_batch(context, executor); }),
      link_threads(*this),
      service(*this) {}

void Runtime::schedule(ContextPtr context) {
    if (context->client) {
        pool.push(std::move(context));
    } else {
        service.notify();
    }
}

void Runtime::context_ended() {
    if (contexts.fetch_sub(1) == 1) service.clients_ended();
}

struct Worker::Parts {
    Parts(WorkerSettings settings, link::SlotTable& slots) : runtime(std::move(settings), slots) {}

    /// Says to the gateway, from the link's own thread, what needs no event.
    template <class Encode>
    void tell(ClientId client, Encode&& encode) {
        link::ActionEncoder encoder;
        encode(encoder);
        runtime.outlet.submit(link::lane_of(client), encoder.buffer);
    }

    /// Ends contexts whose gateway has nothing to say about them any more.
    void end_all(std::uint16_t code, link::Cause cause) {
        for (ContextPtr& context : runtime.clients.remove_all()) {
            context->client->is_orphan.store(true);
            if (context->push_last(EndItem{code, cause, {}}) == Context::Push::wake) runtime.schedule(std::move(context));
        }
    }

    void end_one(ClientId client, std::uint16_t code, link::Cause cause, std::string_view reason) {
        ContextPtr context = runtime.clients.remove(client);
        if (!context) return tell(client, [&](auto& encoder) { encoder.released(client); });
        if (context->push_last(EndItem{code, cause, std::string(reason)}) == Context::Push::wake)
            runtime.link_threads.add(std::move(context));
    }

    std::atomic<bool> is_stopping{false};
    Runtime runtime;
};

Worker::Worker(WorkerSettings settings, link::SlotTable& slots)
    : parts_(std::make_unique<Parts>(std::move(settings), slots)) {
    if (parts_->runtime.settings.is_driven) return;
    if (parts_->runtime.settings.marks_crashes) install_crash_marks(slots.crash_stack());
    parts_->runtime.ticker.start();
    parts_->runtime.pool.start();
    parts_->runtime.service.begin();
}

Worker::~Worker() {
    parts_->runtime.service.end();
    parts_->runtime.pool.stop();
    parts_->runtime.ticker.stop();
    parts_->runtime.outlet.attach(nullptr);
    if (parts_->runtime.settings.marks_crashes) forget_crash_stack();
}

void Worker::attach(link::ActionPort& port) { parts_->runtime.outlet.attach(&port); }

void Worker::detach() { parts_->runtime.outlet.attach(nullptr); }

void Worker::gateway_lost() {
    parts_->runtime.outlet.attach(nullptr);
    parts_->end_all(1006, link::Cause::network);
}

void Worker::load(Loaded then) { parts_->runtime.service.load(std::move(then)); }
void Worker::start(Started then) { parts_->runtime.service.start(std::move(then)); }
void Worker::pause(Done then) { parts_->runtime.service.pause(std::move(then)); }
void Worker::resume() { parts_->runtime.service.resume(); }
void Worker::set_others_alive(bool alive) { parts_->runtime.others_alive.store(alive); }

void Worker::stop(Milliseconds within, Done then) {
    parts_->is_stopping.store(true);
    parts_->end_all(1001, link::Cause::stop);
    parts_->runtime.service.stop(within, std::move(then));
}

void Worker::execute(ClientId client, const std::string& procedure, std::vector<Value> args, Ended then) {
    Runtime& runtime = parts_->runtime;
    const Procedure* found = runtime.project.manifest.procedures.find(procedure);
    if (found == nullptr)
        return then({BERTH_INVALID, "project " + runtime.settings.project + " has no procedure " + procedure});
    if ((found->flags & BERTH_PROCEDURE_ADMIN) == 0)
        return then({BERTH_INVALID, "procedure " + procedure +
                                        " is not for administrators; its author marks those that are with "
                                        "BERTH_PROCEDURE_ADMIN"});
    if (auto fits = found->signature.check(args); !fits)
        return then({BERTH_INVALID, "procedure " + procedure + " " + fits.error().message});

    Post post{.target = runtime.calls.context_of(client), .call = {}, .bytes = 0};
    post.call.procedure = found;
    post.call.args = std::move(args);
    const bool is_there = post.target && (!post.target->client ||
                                          post.target->client->state.load() == ClientState::accepted);
    if (!is_there) return then({BERTH_GONE, "client " + std::to_string(value_of(client)) + " is not connected"});
    post.bytes = cost_of(Item(post.call));
    switch (post.target->reserve(post.bytes)) {
        case Context::Reserve::reserved: break;
        case Context::Reserve::full: return then({BERTH_BACKLOG_FULL, "the context has too much to do already"});
        case Context::Reserve::closed: return then({BERTH_GONE, "the context has ended"});
    }
    post.call.then = std::move(then);
    runtime.calls.deliver(std::move(post));
}

void Worker::run_service(Ended then) { parts_->runtime.service.run_now(std::move(then)); }
ServiceFigures Worker::service_figures() const { return parts_->runtime.service.figures(); }

Figures Worker::figures() const {
    const Runtime& runtime = parts_->runtime;
    const Pool::Figures pool = runtime.pool.figures();
    return {.contexts = runtime.contexts.load(),
            .executors = pool.executors,
            .busy = pool.busy,
            .queued = pool.queued,
            .events = runtime.counters.events(),
            .events_us = runtime.counters.took_ns() / 1000,
            .errors = runtime.counters.errors(),
            .last_error = runtime.counters.last_error(),
            .databases = runtime.database.figures().open};
}

bool Worker::drive(bool may_pace) { return parts_->runtime.pool.drive() || parts_->runtime.service.drive(may_pace); }

std::optional<TimePoint> Worker::next_run() const { return parts_->runtime.service.next_run(); }

void Worker::use_up_credit(ClientId client, std::uint64_t bytes) {
    const ContextPtr context = parts_->runtime.clients.find(client);
    if (context) (void)context->client->take_credit(bytes, std::numeric_limits<std::uint64_t>::max() / 2);
}

void Worker::opening(const link::Opening& opening) {
    Runtime& runtime = parts_->runtime;
    if (parts_->is_stopping.load()) {
        return parts_->tell(opening.client, [&](auto& encoder) {
            encoder.admitted(opening.client, {.status = 503, .reason = "stopping", .subprotocol = {}});
        });
    }
    auto context = std::make_shared<Context>(std::make_unique<Client>(opening), runtime.database,
                                             runtime.settings.limits.inbox_events,
                                             runtime.settings.limits.inbox_bytes);
    if (!runtime.clients.add(context)) {
        log::error("the gateway announced a client twice",
                   {{"project", runtime.settings.project}, {"client", opening.client}});
        return;
    }
    runtime.contexts.fetch_add(1);
    if (context->push(ConnectItem{}) == Context::Push::wake) runtime.link_threads.add(std::move(context));
}

void Worker::opened(ClientId client, std::string_view subprotocol) {
    // Where the project chose none, the gateway may have.
    if (const ContextPtr context = parts_->runtime.clients.find(client)) context->client->opened(subprotocol);
}

void Worker::abandoned(ClientId client, std::uint16_t code, link::Cause cause, std::string_view reason) {
    parts_->end_one(client, code, cause, reason);
}

void Worker::message(ClientId client, std::uint64_t seq, link::Kind kind, std::string_view payload) {
    Runtime& runtime = parts_->runtime;
    if (runtime.link_threads.run_now(client, seq, kind, payload)) return;
    ContextPtr context = runtime.clients.find(client);
    if (!context) return;
    // A client that leaves is not listened to any more (DECISIONS: closing), but what came is acknowledged, after
    // what came before it.
    MessageItem item{.seq = seq, .kind = kind, .payload = {}};
    item.is_dropped = context->client->state.load(std::memory_order_acquire) == ClientState::leaving;
    if (!item.is_dropped) {
        item.payload = std::string(payload);
        context->client->count_in(payload.size());
    }
    if (context->push(std::move(item)) == Context::Push::wake) runtime.link_threads.add(std::move(context));
}

void Worker::closed(ClientId client, std::uint16_t code, link::Cause cause, std::string_view reason) {
    parts_->end_one(client, code, cause, reason);
}

void Worker::resumed(const link::Opening& opening, const link::Resumption& resumption) {
    Runtime& runtime = parts_->runtime;
    auto client = std::make_unique<Client>(opening);
    if (!resumption.subprotocol.empty()) client->chosen(resumption.subprotocol);
    (void)client->take_credit(resumption.backlog, std::numeric_limits<std::uint64_t>::max());
    auto context = std::make_shared<Context>(std::move(client), runtime.database, runtime.settings.limits.inbox_events,
                                             runtime.settings.limits.inbox_bytes);
    context->is_accepted = true;
    if (!runtime.clients.add(context)) {
        log::error("the gateway announced a client twice",
                   {{"project", runtime.settings.project}, {"client", opening.client}});
        return;
    }
    runtime.contexts.fetch_add(1);
    ResumeItem item{.state = std::nullopt, .is_interrupted = resumption.is_interrupted};
    if (resumption.state) item.state = std::string(*resumption.state);
    const auto push = context->push(std::move(item));
    // Listed only now: what others execute in it comes after.
    (void)runtime.clients.accept(*context->client, /*is_leaving=*/false);
    if (push == Context::Push::wake) runtime.link_threads.add(std::move(context));
}

void Worker::subscribed(ClientId client, std::string_view topic) {
    if (const ContextPtr context = parts_->runtime.clients.find(client))
        parts_->runtime.topics.restore(*context->client, topic);
}

void Worker::parting(ClientId client) {
    // It stays in the table until what waits in its queue is done: its handlers may still speak to it.
    ContextPtr context = parts_->runtime.clients.find(client);
    if (!context) return parts_->tell(client, [&](auto& encoder) { encoder.parted(client); });
    if (context->push_last(PartItem{}) == Context::Push::wake) parts_->runtime.link_threads.add(std::move(context));
}

void Worker::lost(std::span<const ClientId> clients) {
    Runtime& runtime = parts_->runtime;
    if (runtime.project.resume.lost == nullptr) return;
    const ContextPtr& context = runtime.service.context();
    if (context->push(LostItem{{clients.begin(), clients.end()}}) == Context::Push::wake) runtime.schedule(context);
}

void Worker::credit(ClientId client, std::uint64_t bytes) {
    parts_->runtime.clients.visit({&client, 1}, [&](ClientId, Client* here) {
        if (here != nullptr) here->return_credit(bytes);
    });
}

void Worker::flush() { parts_->runtime.link_threads.flush(); }

}  // namespace berth::host::worker
