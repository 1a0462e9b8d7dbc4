// SPDX-License-Identifier: MIT
#include "worker/global_service.hpp"

#include <algorithm>

#include "worker/loading.hpp"
#include "worker/runtime.hpp"

namespace berth::host::worker {

GlobalService::GlobalService(Runtime& runtime)
    : runtime_(runtime),
      executor_(runtime.slot_table.at(Slots::service), runtime.outlet, runtime.calls, runtime.ticker),
      context_(std::make_shared<Context>(nullptr, runtime.database, runtime.settings.limits.service_inbox_events,
                                         runtime.settings.limits.service_inbox_bytes)) {}

GlobalService::~GlobalService() { end(); }

void GlobalService::begin() { thread_ = std::thread([this] { run(); }); }

void GlobalService::end() {
    {
        const MutexLock lock(mutex_);
        is_ending_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

void GlobalService::notify() {
    const MutexLock lock(mutex_);
    has_work_ = true;
    changed_.notify_all();
}

void GlobalService::clients_ended() {
    const MutexLock lock(mutex_);
    if (stop_) changed_.notify_all();
}

void GlobalService::post(std::function<void()> command) {
    const MutexLock lock(mutex_);
    commands_.push_back(std::move(command));
    changed_.notify_all();
}

void GlobalService::load(Worker::Loaded then) {
    post([this, then = std::move(then)] {
        executor_.emission.begin(Hold::streaming, ClientId::global_service);
        auto description = load_project(runtime_, executor_);
        executor_.emission.end();
        is_loaded_ = description.has_value();
        if (is_loaded_) {
            const MutexLock lock(mutex_);
            pace_ = Pace(runtime_.project.interval);
        }
        then(std::move(description));
    });
}

void GlobalService::start(Worker::Started then) {
    post([this, then = std::move(then)] {
        if (!is_loaded_) return then(fail(Code::failed, "project " + runtime_.settings.project + ": is not loaded"));
        if (!context_->has_globals) {
            executor_.emission.begin(Hold::streaming, ClientId::global_service);
            const Verdict verdict = runtime_.events.create(*context_, executor_);
            executor_.emission.end();
            if (!verdict.is_ok())
                return then(fail(Code::failed, "project " + runtime_.settings.project +
                                                   ": the global service's context could not be made: " +
                                                   verdict.error));
        }
        {
            const MutexLock lock(mutex_);
            pace_.restart(Clock::now());
        }
        Verdict first = run_paced();
        {
            const MutexLock lock(mutex_);
            is_started_ = is_paced_ = true;
        }
        then(Outcome{first.status, std::move(first.error)});
    });
}

void GlobalService::pause(Worker::Done then) {
    post([this, then = std::move(then)] {
        {
            const MutexLock lock(mutex_);
            is_paced_ = false;
        }
        then({});
    });
}

void GlobalService::resume() {
    post([this] {
        const MutexLock lock(mutex_);
        if (is_started_ && !stop_) is_paced_ = true;
    });
}

void GlobalService::run_now(Worker::Ended then) {
    RunItem refused{then};
    switch (context_->push(RunItem{std::move(then)})) {
        case Context::Push::queued: break;
        case Context::Push::wake: notify(); break;
        case Context::Push::closed: {
            Item item(std::move(refused));
            runtime_.calls.answer_gone(item);
            break;
        }
    }
}

void GlobalService::stop(Milliseconds within, Worker::Done then) {
    post([this, deadline = Clock::now() + within, then = std::move(then)]() mutable {
        const MutexLock lock(mutex_);
        is_paced_ = false;
        stop_ = Stop{deadline, std::move(then)};
    });
}

void GlobalService::turn(std::function<void()> body) {
    mutex_.unlock();
    body();
    mutex_.lock();
}

void GlobalService::run() {
    const ExecutorThread here(executor_, runtime_.executors, "berth-service", runtime_.settings.marks_crashes);
    mutex_.lock();
    while (!is_ending_) {
        if (!take_turn(true)) wait();
    }
    mutex_.unlock();
}

bool GlobalService::drive(bool may_pace) {
    mutex_.lock();
    const bool has_turned = take_turn(may_pace);
    mutex_.unlock();
    return has_turned;
}

bool GlobalService::take_turn(bool may_pace) {
    const bool is_due = may_pace && is_paced_ && pace_.is_due(Clock::now());
    if (!commands_.empty()) {
        auto command = std::move(commands_.front());
        commands_.pop_front();
        turn(std::move(command));
    } else if (can_finish()) {
        turn([this, stop = std::move(*stop_)]() mutable { finish(std::move(stop)); });
        stop_.reset();
    } else if (has_work_ && is_started_ && !(is_due && is_served_)) {
        is_served_ = true;
        has_work_ = false;  // Before the queue is looked at: a push from now on sets it again.
        turn([this] { serve(); });
    } else if (is_due) {
        is_served_ = false;
        turn([this] { run_paced(); });
    } else {
        return false;
    }
    return true;
}

std::optional<TimePoint> GlobalService::next_run() const {
    const MutexLock lock(mutex_);
    return is_paced_ ? std::optional(pace_.due()) : std::nullopt;
}

void GlobalService::wait() {
    if (stop_) {
        changed_.wait_until(mutex_, stop_->deadline);
    } else if (is_paced_) {
        changed_.wait_until(mutex_, pace_.due());
    } else {
        changed_.wait(mutex_);
    }
}

void GlobalService::serve() {
    const bool has_interval = runtime_.project.interval.count() != 0;
    // What waits now; what comes meanwhile waits for the next turn.
    for (std::size_t left = std::max<std::size_t>(1, context_->waiting()); left > 0; --left) {
        auto item = context_->take();
        if (!item) break;
        const std::size_t cost = cost_of(*item);
        runtime_.events.run(*context_, executor_, *item);
        context_->handled(cost);
        const MutexLock lock(mutex_);
        if (is_ending_ || (has_interval && is_paced_ && pace_.is_due(Clock::now()))) break;
    }
    if (!context_->drained()) notify();
}

Verdict GlobalService::run_once() {
    const TimePoint began = Clock::now();
    {
        const MutexLock lock(mutex_);
        figures_.is_running = true;
    }
    Verdict verdict = runtime_.events.run_global_service(*context_, executor_);
    const MutexLock lock(mutex_);
    figures_.is_running = false;
    ++figures_.runs;
    figures_.last_ms = std::chrono::duration_cast<Milliseconds>(Clock::now() - began).count();
    return verdict;
}

Verdict GlobalService::run_paced() {
    {
        const MutexLock lock(mutex_);
        pace_.begin(Clock::now());
    }
    Verdict verdict = run_once();
    const MutexLock lock(mutex_);
    pace_.end(Clock::now());
    return verdict;
}

void GlobalService::run_by_command(RunItem& item) {
    Verdict verdict = run_once();
    if (item.then) item.then({verdict.status, std::move(verdict.error)});
}

bool GlobalService::can_finish() const {
    if (!stop_) return false;
    return Clock::now() >= stop_->deadline || (runtime_.contexts.load() == 0 && (!has_work_ || !is_started_));
}

void GlobalService::finish(Stop stop) {
    if (const std::size_t left = runtime_.contexts.load(); left != 0) {
        return stop.then(fail(Code::timed_out, "project " + runtime_.settings.project + ": " +
                                                   std::to_string(left) +
                                                   " clients' handlers did not end in time; the stop event was not "
                                                   "run, end the process"));
    }
    context_->close();
    while (auto item = context_->take()) runtime_.calls.answer_gone(*item);
    if (context_->has_globals) runtime_.events.stop_global_service(*context_, executor_);
    if (is_loaded_) {
        executor_.emission.begin(Hold::streaming, ClientId::global_service);
        runtime_.boundary.unload(executor_);
        executor_.emission.end();
    }
    is_loaded_ = false;
    stop.then({});
}

ServiceFigures GlobalService::figures() const {
    const MutexLock lock(mutex_);
    ServiceFigures figures = figures_;
    figures.interval = pace_.interval();
    figures.missed = pace_.missed();
    if (is_paced_)
        figures.next_ms = std::max<std::int64_t>(
            0, std::chrono::duration_cast<Milliseconds>(pace_.due() - Clock::now()).count());
    return figures;
}

}  // namespace berth::host::worker
