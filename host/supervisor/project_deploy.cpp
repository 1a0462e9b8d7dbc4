// SPDX-License-Identifier: MIT
// How a library comes to run: deploy, swap, restart, giving up.
#include <berth/berth.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "supervisor/json_values.hpp"
#include "supervisor/project.hpp"
#include "supervisor/project_settings.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;

/// Versions whose clients are still there, besides the running one.
constexpr std::size_t draining_generations_max = 3;
constexpr Milliseconds retry_failed_max = 10min;
/// The gateway's own policy ends the host after ten deaths; a project must give up long before.
constexpr std::size_t suspicions_max = 2;
/// A worker that could not start has nothing to lose.
constexpr Milliseconds failed_stop_limit = 5s;

}  // namespace

void Project::deploy(Library library, bool force, Done done) {
    if (const Library* const instead = library_ ? nullptr : earlier_.instead_of(library)) {
        log::warning("the file is the version that the project has gone back from: the one before runs until another is deployed",
                     {{"project", name_}, {"file", library.file.path.filename().string()},
                      {"version", text_of(instead->manifest, "version")}});
        Library before = *instead;
        before.file = library.file;
        forget_library(std::exchange(library, std::move(before)));
    }
    const bool is_same = library_ && library_->staged.sha256 == library.staged.sha256;
    if (is_same) earlier_.file_is_current();
    if (is_same && !force && current_ && !next_) {
        if (forget_refusal()) {
            log::info("library is the running one again", {{"project", name_},
                                                           {"file", library.file.path.filename().string()},
                                                           {"generation", generation_},
                                                           {"version", text_of(manifest_, "version")}});
        }
        return done({});
    }
    if (is_stopped_) {
        // The newest library is what `start` starts.
        if (library_ && !is_same) forget_library(*std::exchange(library_, std::nullopt));
        if (!is_same) generation_ = ++generations_;
        library_ = std::move(library);
        announce();  // One that was never started is known to the gateway from now on.
        return done({});
    }
    if (next_ || (is_in_gateway() && !surroundings_.gateway.is_running())) {
        if (const auto superseded = std::move(pending_)) {
            forget_library(superseded->library);
            superseded->done(fail(Code::unavailable, "project " + name_ + ": a newer library came before its turn"));
        }
        pending_ = std::make_unique<Next>(Next{.library = std::move(library), .done = std::move(done)});
        return;
    }
    restart_timer_.cancel();
    const std::uint64_t generation = is_same && !current_ ? generation_ : ++generations_;
    if (!current_) announce();  // Newcomers are told to come again instead of that there is no such project.
    launch(std::move(library), generation, std::move(done));
}

void Project::renew(Done done) {
    if (!current_ || next_ || pending_) return done(fail(Code::unavailable, "project " + name_ + ": another process is being made ready"));
    launch(*library_, ++generations_, std::move(done));
}

void Project::launch(Library library, std::uint64_t generation, Done done, bool is_roll_back) {
    restart_timer_.cancel();
    settings_ = wanted_;
    next_ = std::make_unique<Next>(Next{.library = std::move(library), .generation = generation, .done = std::move(done),
                                        .is_roll_back = is_roll_back});
    if (is_exclusive(next_->library) && (current_ || !leaving_.empty())) {
        // Begun when the last of the others has ended.
        next_->awaits_end = true;
        if (current_) make_way();
        return;
    }
    begin_next();
}

void Project::make_way() {
    if (!survival_of(manifest_).is_any()) {
        std::unique_ptr<Worker> old = std::move(current_);
        started_at_ms_ = 0;
        announce();
        return retire(std::move(old), {.reason = "a new version of the project is started"});
    }
    // It serves them until its global service's run has ended: the less its end takes, the shorter they wait.
    current_->pause(settings_.limits.start, [this](const Result<void>& paused) {
        if (!next_ || !next_->awaits_end || !current_ || !current_->is_alive()) return;
        if (!paused) {
            log::warning("ending the old generation while its global service is still running",
                         {{"project", name_}, {"why", paused.error().message}});
        }
        std::unique_ptr<Worker> old = std::move(current_);
        started_at_ms_ = 0;
        announce();
        suspend(std::move(old));
    });
}

void Project::begin_next() {
    next_->awaits_end = false;
    auto data = surroundings_.data_directory(name_);
    if (!data) return next_failed(data.error());
    WorkerPlan plan{.project = name_,
                    .generation = next_->generation,
                    .run = ++surroundings_.runs,
                    .in_gateway = is_in_gateway(),
                    .lanes = surroundings_.gateway.io_threads(),
                    .init = init_of(settings_, next_->library.flags(), *data),
                    .start_limit = settings_.limits.start,
                    .silence_limit = surroundings_.silence_limit,
                    .event_limits = {settings_.limits.handler, settings_.limits.global_service}};
    plan.init["library"] = next_->library.staged.path.string();
    plan.init["confinement"]["required"] = surroundings_.needs_confinement;
    if (is_in_gateway() && rehearsed_ != next_->library.staged.sha256) return rehearse(std::move(plan));
    load_next(std::move(plan));
}

void Project::rehearse(WorkerPlan plan) {
    auto scratch = surroundings_.data_directory(".rehearsal-" + name_);
    if (!scratch) return next_failed(scratch.error());
    next_->rehearsal = std::make_unique<Rehearsal>(surroundings_.timers, plan, *scratch);
    next_->rehearsal->start(surroundings_.start_worker, [this, plan](const Result<void>& done) {
        next_->rehearsal.reset();
        if (!done) return next_failed(done.error());
        rehearsed_ = next_->library.staged.sha256;
        load_next(plan);
    });
}

void Project::load_next(WorkerPlan plan) {
    if (is_in_gateway() && !surroundings_.gateway.is_running()) return wait_for_gateway();
    runs_.add(plan.run, plan.generation);
    // From its load on: what it says then waits in its lanes until the swap.
    plan.init["others_alive"] = current_ || !leaving_.empty();
    auto worker = Worker::create(surroundings_.timers, surroundings_.start_worker, plan,
                                 [this, run = plan.run](const WorkerEnd& end) { worker_ended(run, end); });
    if (!worker) return next_failed(worker.error());
    next_->worker = std::move(*worker);
    next_->worker->load([this](const Result<nlohmann::json>& loaded) { next_loaded(loaded); });
}

void Project::next_loaded(const Result<nlohmann::json>& loaded) {
    if (!loaded) return next_failed(loaded.error());
    next_->manifest = *loaded;
    runs_.says(next_->worker->plan().run, text_of(*loaded, "version"));
    if (!current_) return next_may_start();
    // The new one's first run waits for the end of the old one's (DECISIONS: overlap of two generations).
    next_->has_paused = true;
    current_->pause(settings_.limits.start, [this](const Result<void>& paused) {
        if (!next_) return;
        if (!paused) {
            log::warning("deploying while the old generation's global service is still running",
                         {{"project", name_}, {"why", paused.error().message}});
        }
        next_may_start();
    });
}

void Project::next_may_start() {
    next_->worker->start([this](const Result<std::string>& started) { next_started(started); });
}

void Project::next_started(const Result<std::string>& started) {
    if (!started) return next_failed(started.error());
    next_->first_run_error = *started;
    swap();
}

void Project::swap() {
    std::unique_ptr<Worker> old = std::move(current_);
    const std::unique_ptr<Next> next = std::move(next_);
    const bool is_new_library = !library_ || library_->staged.sha256 != next->library.staged.sha256;
    const nlohmann::json old_manifest = std::exchange(manifest_, std::move(next->manifest));
    current_ = std::move(next->worker);
    is_current_linked_ = false;
    if (is_new_library) {
        watched_until_.reset();
        if (library_ && !next->is_roll_back && settings_.limits.watch.count() > 0) {
            watched_until_ = surroundings_.timers.now() + settings_.limits.watch;
            watched_deaths_ = 0;
        }
    }
    const std::optional<Library> before = std::exchange(library_, std::move(next->library));
    library_->given.clear();  // It becomes the project's own file.
    if (is_new_library) {
        for (const Library& gone : earlier_.swapped(before ? &*before : nullptr, *library_, next->is_roll_back)) forget_library(gone);
        if (surroundings_.keep_versions) surroundings_.keep_versions(name_, earlier_.with(*library_));
    }
    generation_ = next->generation;
    is_failed_ = false;
    forget_refusal();
    note_first_run(std::move(next->first_run_error));
    suspicions_ = 0;
    if (is_new_library) {
        policy_.reset();
        retry_failed_ = surroundings_.retry_failed;
    }
    policy_.started(surroundings_.timers.now());
    started_at_ms_ = wall_clock_ms();
    announce();
    log::info("project is running", {{"project", name_},
                                     {"generation", generation_},
                                     {"version", text_of(manifest_, "version")},
                                     {"pid", std::int64_t{current_->pid()}}});
    if (old) {
        replace(std::move(old), old_manifest);
    } else {
        tell_others();
    }
    next->done({});
    take_pending();
}

void Project::replace(std::unique_ptr<Worker> old, const nlohmann::json& old_manifest) {
    const bool hands_over = survival_of(old_manifest).is_any() && survival_of(manifest_).is_any();
    retire(std::move(old), {.reason = "a new version of the project is running",
                            .after = settings_.limits.drain,
                            .hands_over = hands_over});
    // Whoever deploys again and again does not gather processes.
    std::size_t draining = 0;
    for (auto leaving = leaving_.rbegin(); leaving != leaving_.rend(); ++leaving) {
        if (leaving->is_draining && leaving->has_clients && ++draining > draining_generations_max) {
            close_clients_of(*leaving, {.reason = "newer versions of the project are running"});
        }
    }
}

bool Project::is_exclusive(const Library& library) const {
    const auto of = [&](std::uint64_t flags) { return (settings_.flags.apply(flags) & BERTH_PROJECT_EXCLUSIVE) != 0; };
    return of(library.flags()) || (library_ && of(library_->flags()));
}

void Project::roll_back(Done done) { roll_back("an administrator wants it", std::move(done)); }

void Project::roll_back(const std::string& why, Done done) {
    if (earlier_.all().empty()) return done(fail(Code::not_found, "project " + name_ + " has no version before this one; `berth deploy FILE` brings another"));
    if (is_stopped_) return done(fail(Code::unavailable, "project " + name_ + " is stopped; start it first"));
    if (next_ || pending_) return done(fail(Code::unavailable, "project " + name_ + ": a deploy is under way; try again"));
    log::warning("project goes back to the version before", {{"project", name_}, {"why", why}});
    restart_timer_.cancel();
    launch(earlier_.all().front(), ++generations_, std::move(done), /*is_roll_back=*/true);
}

void Project::take_pending() {
    if (!pending_) return;
    const std::unique_ptr<Next> pending = std::move(pending_);
    deploy(std::move(pending->library), /*force=*/false, std::move(pending->done));
}

void Project::wait_for_gateway() {
    std::unique_ptr<Next> next = std::move(next_);
    if (next->worker) let_go(std::move(next->worker), failed_stop_limit);
    if (pending_) {
        forget_library(next->library);
        return next->done(fail(Code::unavailable, "project " + name_ + ": a newer library came before its turn"));
    }
    pending_ = std::move(next);
}

bool Project::may_be_innocent(const Error& error) {
    if (!is_in_gateway() || surroundings_.gateway.is_running() || is_stopped_) return false;
    if (error.code == Code::unavailable) return true;
    return ++suspicions_ <= suspicions_max;
}

void Project::next_failed(const Error& error) {
    if (next_->worker && may_be_innocent(error)) {
        log::warning("the gateway died while the project was loaded there: it is loaded again in the next one",
                     {{"project", name_}, {"suspicions", std::int64_t(suspicions_)}});
        return wait_for_gateway();
    }
    suspicions_ = 0;
    const std::unique_ptr<Next> next = std::move(next_);
    const std::string file = next->library.file_name();
    const std::string sentence = sentence_about(name_, file, next->library.staged.path, error.message);
    const bool is_restart = library_ && next->generation == generation_ && !is_failed_ && !current_;
    if (is_restart) {
        note_error(sentence);
    } else {
        library_was_refused(sentence);
    }
    log::error(is_restart ? "project could not be restarted" : "library could not be deployed",
               {{"project", name_}, {"file", file}, {"error", sentence}, {"running", current_ ? "untouched" : "nothing"}});
    if (next->worker) let_go(std::move(next->worker), failed_stop_limit, /*has_failed=*/true);
    if (current_) {
        if (next->has_paused) current_->resume();
        tell_others();
        forget_library(next->library);
    } else if (is_restart) {
        restart_after_death(RestartPolicy::Fault::its_own, sentence);
    } else if (library_ && !is_failed_) {
        // What ran before died meanwhile: it gets its turn again.
        forget_library(next->library);
        restart_after_death(RestartPolicy::Fault::another, sentence);
    } else {
        if (library_ && library_->staged.path != next->library.staged.path) forget_library(*std::exchange(library_, std::nullopt));
        library_ = next->library;
        generation_ = next->generation;
        give_up(sentence);
    }
    next->done(fail(error.code, sentence));
    take_pending();
}

void Project::worker_ended(std::uint64_t run, const WorkerEnd& end) {
    if (current_ && current_->plan().run == run) return current_died(end);
    if (next_ && next_->worker && next_->worker->plan().run == run) {
        // Between two steps; a step under way has reported it already.
        if (end.report.culprits.empty() && end.report.interrupted.empty() && may_be_innocent({Code::unavailable, {}})) {
            next_->worker.reset();
            return wait_for_gateway();
        }
        const std::unique_ptr<Worker> gone = std::move(next_->worker);
        return next_failed({Code::failed, "its process " + in_words(end.status)});
    }
    leaving_ended(run, end);
}

void Project::leaving_ended(std::uint64_t run, const WorkerEnd& end) {
    const auto found = std::find_if(leaving_.begin(), leaving_.end(),
                                    [&](const Leaving& leaving) { return leaving.worker->plan().run == run; });
    if (found == leaving_.end()) return;
    const Leaving gone = std::move(*found);
    leaving_.erase(found);
    const bool is_told = gone.has_failed && end.status.signal == 0;
    if (!is_told && (!end.was_asked || !end.status.is_clean())) log_crash(gone.worker->plan(), end);
    if (gone.has_clients) surroundings_.gateway.lost(name_, run, end.report, [] {});
    tell_others();
    if (next_ && next_->awaits_end && leaving_.empty()) return begin_next();
    stop_if_over();
}

void Project::current_died(const WorkerEnd& end) {
    const std::unique_ptr<Worker> gone = std::move(current_);
    ++crashes_;
    const std::string how = log_crash(gone->plan(), end);
    note_error("project " + name_ + ": its process " + how);
    surroundings_.gateway.lost(name_, gone->plan().run, end.report, [] {});
    started_at_ms_ = 0;
    // In the gateway's process it may have died of another's fault.
    const bool had_a_part = !is_in_gateway() || !end.report.culprits.empty() || !end.report.interrupted.empty();
    const auto fault = end.report.is_by_client() ? RestartPolicy::Fault::client
                       : had_a_part              ? RestartPolicy::Fault::its_own
                                                 : RestartPolicy::Fault::another;
    if (next_) {
        announce();  // The one that is made ready takes over.
        if (next_->awaits_end && leaving_.empty()) begin_next();
    } else if (fault == RestartPolicy::Fault::its_own && is_to_roll_back()) {
        announce();
        roll_back("the new version died twice within " + in_words(settings_.limits.watch) + " of its start",
                  [](const Result<void>&) {});
    } else {
        restart_after_death(fault, how);
    }
}

bool Project::is_to_roll_back() {
    if (!watched_until_ || surroundings_.timers.now() >= *watched_until_) return false;
    constexpr std::size_t deaths_max = 2;
    return ++watched_deaths_ >= deaths_max && !earlier_.all().empty() && !is_stopped_;
}

void Project::restart_after_death(RestartPolicy::Fault fault, const std::string& why) {
    const auto delay = policy_.died(surroundings_.timers.now(), fault);
    if (!delay) return give_up("it died too often, the last time: " + why);
    announce();
    ++restarts_;
    restart_timer_.set(*delay, [this] {
        if (may_launch()) launch(*library_, generation_, [](const Result<void>&) {});
    });
}

void Project::give_up(const std::string& why) {
    is_failed_ = true;
    log::error("project has failed: newcomers are refused until it is opened, deployed anew, or tried again",
               {{"project", name_}, {"why", why}, {"retry_ms", std::int64_t{retry_failed_.count()}}});
    announce();
    restart_timer_.set(retry_failed_, [this] {
        if (may_launch()) launch(*library_, generation_, [](const Result<void>&) {});
    });
    retry_failed_ = std::min(retry_failed_ * 2, retry_failed_max);
}

std::string Project::log_crash(const WorkerPlan& plan, const WorkerEnd& end) const {
    std::string how = in_words(end.status);
    for (const auto& culprit : end.report.culprits) {
        how += " in " + culprit.event +
               (culprit.client == ClientId::global_service ? "" : " of client " + to_text(value_of(culprit.client)));
    }
    std::vector<log::Field> stack;
    if (!end.stack.empty()) stack.emplace_back("stack", end.stack);
    const auto write = [&](const char* words, std::vector<log::Field> fields) {
        fields.insert(fields.end(), stack.begin(), stack.end());
        log::write(log::Level::error, words, std::move(fields));
    };
    write("worker died", {{"project", name_}, {"generation", plan.generation}, {"how", how}});
    for (const auto& event : end.report.culprits) {
        write("event killed its worker", {{"project", name_}, {"client", event.client}, {"event", event.event}});
    }
    for (const auto& event : end.report.interrupted) {
        log::warning("event was interrupted by the death of its worker",
                     {{"project", name_}, {"client", event.client}, {"event", event.event}, {"number", event.seq}});
    }
    return how;
}

void Project::forget_library(const Library& library) {
    if (!uses(library.staged)) discard(library.staged);
}

}  // namespace berth::host::supervisor
