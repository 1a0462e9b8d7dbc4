// SPDX-License-Identifier: MIT
/// The global service: its context, its executor, its pacing (SEMANTICS: five events; the interval).
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <optional>
#include <thread>

#include "base/mutex.hpp"
#include "worker/context.hpp"
#include "worker/executor.hpp"
#include "worker/boundary.hpp"
#include "worker/pace.hpp"
#include "worker/worker.hpp"

namespace berth::host::worker {

struct Runtime;

/// A thread of its own: the project's main thread, on which `load`, the global context's events and `unload`
/// run. Between two runs it serves the context's queue, at least once; so even with interval 0 neither starves
/// the other. Commands take their turn between runs too.
class GlobalService {
public:
    explicit GlobalService(Runtime& runtime);
    ~GlobalService();

    /// Never null; closed after the stop event.
    [[nodiscard]] const ContextPtr& context() const { return context_; }

    void begin();                        ///< starts the thread
    void end() BERTH_EXCLUDES(mutex_);   ///< ends it; waits for a handler that is under way
    /// One turn without that thread, on the caller's; false: nothing is to be done now. `may_pace`: a run that is
    /// due may begin.
    bool drive(bool may_pace) BERTH_EXCLUDES(mutex_);
    /// When the next paced run is due; nothing while it is not paced.
    [[nodiscard]] std::optional<TimePoint> next_run() const BERTH_EXCLUDES(mutex_);
    void notify() BERTH_EXCLUDES(mutex_);  ///< its context has work [any thread]
    void clients_ended() BERTH_EXCLUDES(mutex_);  ///< no client's context is left [any thread]

    void load(Worker::Loaded then);
    void start(Worker::Started then);
    void pause(Worker::Done then);
    void resume();
    void run_now(Worker::Ended then);
    void stop(Milliseconds within, Worker::Done then);
    [[nodiscard]] ServiceFigures figures() const BERTH_EXCLUDES(mutex_);

    void run_by_command(RunItem& item);  ///< [its executor]

private:
    struct Stop {
        TimePoint deadline;
        Worker::Done then;
    };

    void post(std::function<void()> command) BERTH_EXCLUDES(mutex_);
    void run();
    bool take_turn(bool may_pace) BERTH_REQUIRES(mutex_);
    void turn(std::function<void()> body) BERTH_REQUIRES(mutex_);
    void wait() BERTH_REQUIRES(mutex_);
    void serve() BERTH_EXCLUDES(mutex_);
    Verdict run_paced() BERTH_EXCLUDES(mutex_);
    Verdict run_once() BERTH_EXCLUDES(mutex_);
    [[nodiscard]] bool can_finish() const BERTH_REQUIRES(mutex_);
    void finish(Stop stop) BERTH_EXCLUDES(mutex_);

    Runtime& runtime_;
    Executor executor_;
    const ContextPtr context_;
    std::thread thread_;

    mutable Mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::function<void()>> commands_ BERTH_GUARDED_BY(mutex_);
    std::optional<Stop> stop_ BERTH_GUARDED_BY(mutex_);
    Pace pace_ BERTH_GUARDED_BY(mutex_){Milliseconds(0)};
    ServiceFigures figures_ BERTH_GUARDED_BY(mutex_);
    bool has_work_ BERTH_GUARDED_BY(mutex_) = false;
    bool is_started_ BERTH_GUARDED_BY(mutex_) = false;
    bool is_paced_ BERTH_GUARDED_BY(mutex_) = false;
    bool is_served_ BERTH_GUARDED_BY(mutex_) = false;  ///< the queue, since the last run
    bool is_ending_ BERTH_GUARDED_BY(mutex_) = false;
    bool is_loaded_ = false;  ///< its thread's
};

}  // namespace berth::host::worker
