// SPDX-License-Identifier: MIT
/// One project: its running generation, the next one while it is made ready, and those that leave.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/timers.hpp"
#include "config/config.hpp"
#include "supervisor/drain.hpp"
#include "supervisor/earlier_versions.hpp"
#include "supervisor/intake.hpp"
#include "supervisor/known_runs.hpp"
#include "supervisor/leaving.hpp"
#include "supervisor/project_surroundings.hpp"
#include "supervisor/rehearsal.hpp"
#include "supervisor/restart_policy.hpp"
#include "supervisor/worker.hpp"

namespace berth::host::supervisor {

/// Deploys one after the other, restarts what dies, gives up what dies too often (SEMANTICS: Redeploy; RELIABILITY
/// §3.5). What it does to its clients it does through the gateway. [main thread]
class Project {
public:
    enum class State { starting, open, blocked, draining, failed, stopped };
    using Surroundings = ProjectSurroundings;
    using Done = std::function<void(Result<void>)>;  ///< called once: it runs, or why not
    Project(std::string name, config::Project settings, Surroundings& surroundings);
    ~Project();
    Project(const Project&) = delete;
    Project& operator=(const Project&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const config::Project& settings() const { return settings_; }
    [[nodiscard]] State state() const;
    [[nodiscard]] const std::optional<Library>& library() const { return library_; }
    [[nodiscard]] Worker* current() const { return current_.get(); }  ///< that newcomers go to, or null
    [[nodiscard]] std::vector<Worker*> workers() const;     ///< the current one, the one made ready, and those that leave
    [[nodiscard]] Worker* worker_of(std::uint64_t run) const;  ///< the current one or one that leaves, or null
    [[nodiscard]] LoadedRun loaded_by(std::uint64_t run) const { return runs_.of(run); }
    /// Generations that newcomers do not reach any more and that have clients.
    [[nodiscard]] std::vector<LoadedRun> draining() const;
    [[nodiscard]] bool uses(const StagedLibrary& staged) const;
    [[nodiscard]] std::vector<StagedLibrary> copies() const;  ///< of what runs or would run, and what it could go back to
    struct Facts {
        std::uint64_t generation = 0;
        std::int64_t started_at_ms = 0;  ///< of the running worker; 0: none
        std::uint64_t crashes = 0, restarts = 0;
        std::string last_error;
        std::int64_t last_error_at_ms = 0;
        std::string first_run_error;  ///< of the global service, in the process that ran last; empty: it did not fail
        nlohmann::json manifest;
        std::uint32_t retry_after_s = 0;
    };
    [[nodiscard]] Facts facts() const;
    /// A new library, or the same again with `force`. A failure leaves what runs untouched and is kept as the last error.
    void deploy(Library library, bool force, Done done);
    /// What runs once more, in a process of its own that takes over as a new version would; its file is not looked at.
    void renew(Done done);
    /// A library was refused before it came here: the last error, until a library runs that is not refused.
    void library_was_refused(const std::string& sentence);
    /// The version before the present one again, which is then forgotten.
    void roll_back(Done done);
    [[nodiscard]] const EarlierVersions& earlier() const { return earlier_; }  ///< that it goes back to
    /// What is configured now. What holds at once is announced; the rest waits for the next load, and so does this
    /// answer: whether anything waits.
    bool configure(const config::Project& settings);
    /// Newcomers are refused with 503 from now on.
    void block(std::uint32_t retry_after_s);
    /// As `block`, and the clients are closed with 1001 over a while; it is *blocked* when they have gone. `done` is called
    /// once, then or when something else ends it. A second order replaces the first.
    void drain(const Drain::Order& order, std::function<void()> done);
    [[nodiscard]] const std::optional<Drain::Facts>& drain() const { return drain_.facts(); }
    /// Ends *blocked*, *draining* and *failed*.
    void open();
    /// Runs what was stopped or has failed; one that runs is left alone, one that is stopping starts when that is over.
    void start(Done done);
    /// Clients are closed (1001), then the stop event. `clients_are_gone`: the gateway has closed them already.
    void stop(bool clients_are_gone, std::function<void()> done);
    void kill();  ///< ends every process at once

    /// Tells the gateway what holds now.
    void announce();
    void gateway_is_ready();
    void gateway_is_down();
    /// The worker broke the link's rules: it is ended, and that counts as a crash.
    void violated(std::uint64_t run, const std::string& what);

private:
    /// A generation on its way, or a restart.
    struct Next {
        Library library;
        std::uint64_t generation = 0;
        Done done;
        std::unique_ptr<Rehearsal> rehearsal{};
        std::unique_ptr<Worker> worker{};
        nlohmann::json manifest{};
        std::string first_run_error{};
        bool has_paused = false;    ///< what runs now was told to pause for it
        bool awaits_end = false;    ///< its project is exclusive: not begun before the old one has ended
        bool is_roll_back = false;  ///< what runs now is not kept
    };

    void launch(Library library, std::uint64_t generation, Done done, bool is_roll_back = false);
    void begin_next();
    void rehearse(WorkerPlan plan);
    void load_next(WorkerPlan plan);
    void next_loaded(const Result<nlohmann::json>& loaded);
    void next_may_start();
    void next_started(const Result<std::string>& started);
    void next_failed(const Error& error);
    /// The gateway died while it was loaded there: whether that may have been another's fault.
    [[nodiscard]] bool may_be_innocent(const Error& error);
    /// What was on its way gets its turn when there is a gateway again, unless something newer came.
    void wait_for_gateway();
    void take_pending();
    void swap();
    /// The running one of an exclusive project ends, and `next_` begins when it has.
    void make_way();
    /// Its clients stay connected and wait, as after a death, and it ends as soon as it has let go of them.
    void suspend(std::unique_ptr<Worker> worker);
    void retire(std::unique_ptr<Worker> worker, const Gateway::Departure& how);
    void close_clients_of(Leaving& leaving, const Gateway::Departure& how);
    void replace(std::unique_ptr<Worker> old, const nlohmann::json& old_manifest);
    void remember_versions();
    [[nodiscard]] bool is_exclusive(const Library& library) const;
    void roll_back(const std::string& why, Done done);
    void stop_leaving(std::uint64_t run);
    void let_go(std::unique_ptr<Worker> worker, Milliseconds within, bool has_failed = false);
    void note_error(const std::string& sentence);
    void forget_error();
    void note_first_run(std::string error);  ///< of the process that newcomers go to from now on
    bool forget_refusal();  ///< whether a refused library was the last error, which it is no longer
    void worker_ended(std::uint64_t run, const WorkerEnd& end);
    void leaving_ended(std::uint64_t run, const WorkerEnd& end);
    void current_died(const WorkerEnd& end);
    [[nodiscard]] bool is_to_roll_back();
    void restart_after_death(RestartPolicy::Fault fault, const std::string& why);
    void give_up(const std::string& why);
    void stop_if_over();
    /// Names culprits and interrupted; answers "ended by SIGSEGV (...) in message of client 12".
    std::string log_crash(const WorkerPlan& plan, const WorkerEnd& end) const;
    void tell_others();
    void forget_library(const Library& library);
    [[nodiscard]] bool is_in_gateway() const { return settings_.isolation == config::Isolation::none; }
    [[nodiscard]] bool may_launch() const;

    const std::string name_;
    config::Project settings_;  ///< what holds
    config::Project wanted_;    ///< what holds when it is loaded the next time
    Surroundings& surroundings_;
    RestartPolicy policy_;

    std::optional<Library> library_;  ///< of the current generation; kept while its worker is down
    EarlierVersions earlier_;
    std::uint64_t generation_ = 0;
    std::uint64_t generations_ = 0;  ///< handed out
    KnownRuns runs_;
    std::unique_ptr<Worker> current_;
    std::string rehearsed_;           ///< hash of the library that was loaded on trial last
    bool is_current_linked_ = false;  ///< its lanes went to the gateway that runs now
    std::unique_ptr<Next> next_;
    std::unique_ptr<Next> pending_;  ///< came while `next_` was made ready: its turn comes after it
    std::list<Leaving> leaving_;

    std::optional<TimePoint> watched_until_;  ///< a new version: so long its deaths bring the one before it back
    std::size_t watched_deaths_ = 0;
    std::size_t suspicions_ = 0;  ///< deaths of the gateway in a row while code of `next_` ran in it

    bool is_blocked_;
    bool is_failed_ = false;
    bool is_stopped_;
    std::uint32_t retry_after_s_ = 30;
    std::vector<std::function<void()>> stop_waiters_;
    std::vector<Done> start_waiters_;  ///< asked to start while it was stopping
    Drain drain_;
    Timer restart_timer_;
    Milliseconds retry_failed_;
    nlohmann::json manifest_ = nlohmann::json::object();
    std::int64_t started_at_ms_ = 0;
    std::uint64_t crashes_ = 0, restarts_ = 0;
    std::string last_error_;
    std::int64_t last_error_at_ms_ = 0;
    std::string first_run_error_;
    bool is_last_error_a_refusal_ = false;
    const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

[[nodiscard]] std::string_view name_of(Project::State state);

}  // namespace berth::host::supervisor
