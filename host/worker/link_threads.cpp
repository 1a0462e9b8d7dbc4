// SPDX-License-Identifier: MIT
#include "worker/link_threads.hpp"

#include <algorithm>
#include <atomic>
#include <deque>

#include "worker/runtime.hpp"

namespace berth::host::worker {

struct LinkThreads::Thread {
    std::vector<ContextPtr> pending;
    std::deque<ContextPtr> running;
    // Inline projects only.
    std::optional<std::size_t> slot;
    std::unique_ptr<Executor> executor;
    std::unique_ptr<ExecutorThread> bound;
    // The context whose messages are run where they lie, as long as they follow one another: its turn, as `run_batch`
    // would have given it.
    ContextPtr entered;
    int items = 0;       ///< run in this turn
    TimePoint began{};   ///< the turn
    bool is_gathering = false;
};

namespace {

std::atomic<std::uint64_t> last_serial{0};

/// The stack belongs to the thread, whatever workers come and go on it.
void ensure_signal_stack() { thread_local const SignalStack stack; }

}  // namespace

LinkThreads::LinkThreads(Runtime& runtime) : runtime_(runtime), serial_(++last_serial) {}

LinkThreads::~LinkThreads() {
    // The threads may live on and hold their part; what refers to this worker goes now.
    for (const auto& thread : threads_) unbind(*thread);
}

void LinkThreads::unbind(Thread& thread) {
    thread.pending.clear();
    thread.entered.reset();
    thread.bound.reset();
    thread.executor.reset();
    if (thread.slot) runtime_.slots.give_back(*thread.slot);
    thread.slot.reset();
}

std::shared_ptr<LinkThreads::Thread>& LinkThreads::here() {
    // One thread may serve several workers (isolation "none"), and a worker may have several such threads.
    // Shared, so that an entry of a worker that has gone can be seen (nobody else holds it) and is harmless.
    thread_local std::vector<std::pair<std::uint64_t, std::shared_ptr<Thread>>> known;
    for (auto& entry : known) {
        if (entry.first != serial_) continue;
        // In front it is found at once by what follows, which is a lane's whole batch.
        if (&entry != &known.front()) std::swap(entry, known.front());
        return known.front().second;
    }
    std::erase_if(known, [](const auto& entry) { return entry.second.use_count() == 1; });
    auto thread = std::make_shared<Thread>();
    if (runtime_.project.is(BERTH_PROJECT_INLINE) && !runtime_.settings.is_driven) {
        thread->slot = runtime_.slots.take();
        if (thread->slot) {
            if (runtime_.settings.marks_crashes) ensure_signal_stack();
            thread->executor = std::make_unique<Executor>(runtime_.slot_table.at(*thread->slot), runtime_.outlet,
                                                          runtime_.calls, runtime_.ticker);
            thread->bound =
                std::make_unique<ExecutorThread>(*thread->executor, runtime_.executors, nullptr, false);
        }
    }
    {
        // Those that only this worker holds have ended, with the gateway that they served.
        const MutexLock lock(mutex_);
        std::erase_if(threads_, [this](const auto& old) {
            if (old.use_count() != 1) return false;
            unbind(*old);
            return true;
        });
        threads_.push_back(thread);
    }
    return known.emplace_back(serial_, std::move(thread)).second;
}

void LinkThreads::add(ContextPtr context) { here()->pending.push_back(std::move(context)); }

bool LinkThreads::enter(Thread& thread, ClientId client) {
    exit(thread);
    ContextPtr context = runtime_.clients.find(client);
    if (!context || !context->enter()) return false;
    thread.entered = std::move(context);
    thread.items = 0;
    if (!thread.is_gathering) thread.executor->emission.gather();
    thread.is_gathering = true;
    return true;
}

void LinkThreads::exit(Thread& thread) {
    if (!thread.entered) return;
    ContextPtr context = std::move(thread.entered);
    thread.entered.reset();
    if (!context->exit()) thread.pending.push_back(std::move(context));
}

bool LinkThreads::run_now(ClientId client, std::uint64_t seq, link::Kind kind, std::string_view payload) {
    Thread& thread = *here();
    if (!thread.executor) return false;
    const bool is_entered = thread.entered && thread.entered->id() == client;
    if (!is_entered && !enter(thread, client)) return false;
    Context& context = *thread.entered;
    Executor& executor = *thread.executor;
    // Once something waits, everything does; what waits gets its turn with the others.
    if (context.has_incoming() || thread.items == Events::batch_items ||
        (thread.items > 0 && executor.last_end - thread.began > Events::batch_time)) {
        return false;
    }
    MessageView message{.seq = seq, .kind = kind, .payload = payload};
    message.is_dropped = context.client->state.load(std::memory_order_acquire) == ClientState::leaving;
    if (!message.is_dropped) context.client->count_in(payload.size());
    executor.follows_at_once = thread.items > 0 && executor.last_end >= thread.began;
    runtime_.events.message(context, executor, message);
    if (thread.items++ == 0) thread.began = executor.last_begin;
    return true;
}

void LinkThreads::flush() {
    Thread& thread = *here();
    exit(thread);
    if (!thread.executor) {
        if (!thread.pending.empty()) runtime_.pool.push(thread.pending);
    } else if (!thread.pending.empty()) {
        run(thread);
    } else if (thread.is_gathering) {
        thread.executor->emission.leave();
    }
    thread.is_gathering = false;
}

void LinkThreads::run(Thread& thread) {
    thread.running.insert(thread.running.end(), std::make_move_iterator(thread.pending.begin()),
                          std::make_move_iterator(thread.pending.end()));
    thread.pending.clear();
    thread.executor->emission.gather();
    while (!thread.running.empty()) {
        ContextPtr context = std::move(thread.running.front());
        thread.running.pop_front();
        if (runtime_.events.run_batch(*context, *thread.executor)) thread.running.push_back(std::move(context));
    }
    thread.executor->emission.leave();
}

}  // namespace berth::host::worker
