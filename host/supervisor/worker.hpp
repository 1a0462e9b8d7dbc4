// SPDX-License-Identifier: MIT
/// One process of one project, from `init` to its end: the supervisor's side of the worker's messages.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/timers.hpp"
#include "link/slot_table.hpp"
#include "supervisor/child.hpp"
#include "supervisor/crash_report.hpp"
#include "supervisor/requests.hpp"
#include "supervisor/silence.hpp"
#include "supervisor/watchdog.hpp"

namespace berth::host::supervisor {

/// What a worker is started with.
struct WorkerPlan {
    std::string project{};
    std::uint64_t generation = 0;  ///< the version of the library, for people; a restart keeps it
    std::uint64_t run = 0;         ///< this process, never used twice; what the gateway's messages call "generation"
    bool in_gateway = false;       ///< isolation "none"
    std::size_t lanes = 1;         ///< I/O threads of the gateway
    nlohmann::json init;           ///< what `init` says besides project, generation, run and lanes
    Milliseconds start_limit{30'000};
    Milliseconds silence_limit{5'000};  ///< without a heartbeat; 0: never ended for that
    EventLimits event_limits{};
    Milliseconds abort_grace{2'000};    ///< from SIGABRT to SIGKILL
};

/// How a worker ended.
struct WorkerEnd {
    ExitStatus status;
    CrashReport report;
    std::string stack{};     ///< of the thread that crashed, in words; empty: unknown
    bool was_asked = false;  ///< `stop` or `kill` came first
};

/// Steps are asked for one after the other; each answers its `then` once, with an error when the worker says so, the
/// limit passes, or the process dies. Callbacks may destroy the worker. Destroying it ends the process at once.
class Worker {
public:
    using Then = std::function<void(Result<nlohmann::json>)>;
    using Done = std::function<void(Result<void>)>;
    using Started = std::function<void(Result<std::string>)>;
    /// Starts the child that runs the plan, wherever that is.
    using Starter = std::function<Result<std::unique_ptr<Child>>(const WorkerPlan&, Child::Handlers)>;
    using Ended = std::function<void(const WorkerEnd&)>;

    /// `ended` is called once, last of all.
    static Result<std::unique_ptr<Worker>> create(Timers& timers, const Starter& starter, WorkerPlan plan, Ended ended);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    [[nodiscard]] const WorkerPlan& plan() const { return plan_; }
    [[nodiscard]] pid_t pid() const { return child_->pid(); }
    /// False from the moment that its process has ended, which a step under way is told first.
    [[nodiscard]] bool is_alive() const { return !has_ended_; }
    /// It is being ended by force, has said that it stopped, or has ended.
    [[nodiscard]] bool is_ending() const { return is_over_ || has_ended_; }

    /// Loads the library; answers what it says about itself (`loaded`).
    void load(Then then);
    /// Global context and first run of the global service; answers with that run's sentence if it failed, else empty.
    void start(Started then);
    /// The global service is no longer paced; answered when no run is under way, or after `limit`.
    void pause(Milliseconds limit, Done then);
    /// Takes `pause` back, answered or not; its `then` is not called any more.
    void resume();
    /// Whether another generation of the project lives.
    void tell_others(bool alive);
    /// Stop event and the end. Past `within` the process is ended by force. `ended` says when it is over.
    void stop(Milliseconds within);
    /// Ends the process: SIGABRT, then SIGKILL. `reason` stands in its exit status.
    void kill(const std::string& reason);

    /// The gateway's ends of the lanes, for its `project` message; empty when already taken or in the gateway.
    [[nodiscard]] std::vector<UniqueFd> take_lanes() { return std::exchange(gateway_lanes_, {}); }
    /// The gateway was replaced: new lanes.
    Result<void> relink();

    /// execute, run, service, stats: sends and answers the reply.
    void request(nlohmann::json message, Milliseconds limit, Requests::Then then);

private:
    Worker(Timers& timers, WorkerPlan plan, link::SlotTable slots, Ended ended);
    Result<std::vector<UniqueFd>> make_lanes();
    void step(nlohmann::json message, std::string answer, Milliseconds limit, const std::string& what, Then then);
    void received(const nlohmann::json& message);
    void finish_step(Result<nlohmann::json> result);
    void child_ended(const ExitStatus& status);
    void watch_silence();
    void watch_events();
    void end_by_force(const std::string& reason);
    void no_longer_watch();

    struct Step {
        std::int64_t number;   ///< comes back with the answer: one that was given up may be answered late
        std::string answer;    ///< the type of message that ends it
        Then then;
    };

    Timers& timers_;
    const WorkerPlan plan_;
    link::SlotTable slots_;
    Ended ended_;
    std::unique_ptr<Child> child_;
    std::vector<UniqueFd> gateway_lanes_;
    std::optional<Step> step_;
    std::int64_t steps_ = 0;
    Timer step_timer_;
    Silence silence_;
    Timer force_timer_;
    Timer events_timer_;
    std::int64_t asleep_until_ns_ = 0;  ///< this process was stopped until then
    Requests requests_;
    bool was_asked_ = false;
    bool has_ended_ = false;
    bool is_over_ = false;  ///< it said `stopped`, or is being ended by force: silence means nothing now
    const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace berth::host::supervisor
