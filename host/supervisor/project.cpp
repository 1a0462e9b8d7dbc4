// SPDX-License-Identifier: MIT
// What runs, what people see of it, and its end; how it comes to run is in project_deploy.cpp.
#include "supervisor/project.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "config/change.hpp"
#include "supervisor/json_values.hpp"
#include "supervisor/project_settings.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t retry_after_starting_s = 2;
constexpr std::uint32_t retry_after_failed_s = 30;

}  // namespace

std::string_view name_of(Project::State state) {
    switch (state) {
        case Project::State::starting: return "starting";
        case Project::State::open: return "open";
        case Project::State::blocked: return "blocked";
        case Project::State::draining: return "draining";
        case Project::State::failed: return "failed";
        case Project::State::stopped: return "stopped";
    }
    return "starting";
}

Project::Project(std::string name, config::Project settings, Surroundings& surroundings)
    : name_(std::move(name)),
      settings_(std::move(settings)),
      wanted_(settings_),
      surroundings_(surroundings),
      policy_(surroundings.restart),
      is_blocked_(settings_.blocked),
      is_stopped_(!settings_.enabled),
      drain_(surroundings.timers, surroundings.gateway, name_, [this] { announce(); }),
      restart_timer_(surroundings.timers),
      retry_failed_(surroundings.retry_failed) {
    if (surroundings.known_versions) earlier_.know(surroundings.known_versions(name_));
}

Project::~Project() = default;

Project::State Project::state() const {
    if (is_stopped_) return State::stopped;
    if (is_failed_) return State::failed;
    if (!current_) return State::starting;
    if (drain_.is_under_way()) return State::draining;
    return is_blocked_ ? State::blocked : State::open;
}

std::vector<Worker*> Project::workers() const {
    std::vector<Worker*> list;
    if (current_) list.push_back(current_.get());
    if (next_ && next_->worker) list.push_back(next_->worker.get());
    for (const Leaving& leaving : leaving_) list.push_back(leaving.worker.get());
    return list;
}

Worker* Project::worker_of(std::uint64_t run) const {
    if (current_ && current_->plan().run == run) return current_.get();
    for (const Leaving& leaving : leaving_) {
        if (leaving.worker->plan().run == run) return leaving.worker.get();
    }
    return nullptr;
}

std::vector<LoadedRun> Project::draining() const {
    std::vector<LoadedRun> list;
    for (const Leaving& leaving : leaving_) {
        if (leaving.has_clients) list.push_back(runs_.of(leaving.worker->plan().run));
    }
    return list;
}

bool Project::uses(const StagedLibrary& staged) const {
    const auto is_it = [&](const Library& library) { return library.staged.path == staged.path; };
    return (library_ && is_it(*library_)) || std::any_of(earlier_.all().begin(), earlier_.all().end(), is_it) ||
           (next_ && is_it(next_->library)) || (pending_ && is_it(pending_->library));
}

std::vector<StagedLibrary> Project::copies() const {
    std::vector<StagedLibrary> list;
    if (library_) list.push_back(library_->staged);
    for (const Library& library : earlier_.all()) list.push_back(library.staged);
    return list;
}

Project::Facts Project::facts() const {
    return {.generation = generation_,
            .started_at_ms = started_at_ms_,
            .crashes = crashes_,
            .restarts = restarts_,
            .last_error = last_error_,
            .last_error_at_ms = last_error_at_ms_,
            .first_run_error = first_run_error_,
            .manifest = manifest_,
            .retry_after_s = retry_after_s_};
}

void Project::note_error(const std::string& sentence) {
    last_error_ = sentence;
    last_error_at_ms_ = wall_clock_ms();
    is_last_error_a_refusal_ = false;
}

void Project::library_was_refused(const std::string& sentence) {
    note_error(sentence);
    is_last_error_a_refusal_ = true;
}

bool Project::forget_refusal() {
    if (!std::exchange(is_last_error_a_refusal_, false)) return false;
    forget_error();
    return true;
}

void Project::forget_error() {
    last_error_.clear();
    last_error_at_ms_ = 0;
}

void Project::note_first_run(std::string error) {
    const auto sentence = [this] { return "project " + name_ + ": the first run of its global service failed: " + first_run_error_; };
    // The process that it was said of has been replaced.
    if (!first_run_error_.empty() && last_error_ == sentence()) forget_error();
    first_run_error_ = std::move(error);
    if (!first_run_error_.empty()) note_error(sentence());
}

void Project::announce() {
    if (!surroundings_.gateway.is_running()) return;  // Everything is announced when it is ready.
    nlohmann::json message = door_of(settings_);
    const State now = state();
    message["name"] = name_;
    message["state"] = surroundings_.closed_for_s ? "draining" : name_of(now);
    message["generation"] = to_text(current_ ? current_->plan().run : 0);
    const Survival survival = survival_of(manifest_);
    message["survival"] = survival.name();
    message["repeatable"] = survival.is_repeatable;
    message["waits"] = library_.has_value();  // Between two processes newcomers wait instead of being refused.
    const bool is_kept_shut = now == State::blocked || now == State::draining;
    message["retry_after_s"] = surroundings_.closed_for_s ? *surroundings_.closed_for_s
                               : is_kept_shut             ? retry_after_s_
                               : now == State::starting   ? retry_after_starting_s
                                                          : retry_after_failed_s;
    std::vector<UniqueFd> lanes;
    if (current_ && !is_current_linked_) {
        lanes = current_->take_lanes();
        is_current_linked_ = true;
    }
    surroundings_.gateway.project(std::move(message), lanes);
}

bool Project::configure(const config::Project& settings) {
    const config::Project before = settings_;
    wanted_ = settings;
    config::take_over(settings_, settings);
    // What administrators did to it since stands, unless the configuration says something new.
    if (settings_.blocked != before.blocked) is_blocked_ = settings_.blocked;
    if (settings_.enabled && !before.enabled) {
        start([](const Result<void>&) {});
    } else if (!settings_.enabled && before.enabled) {
        stop(/*clients_are_gone=*/false, [] {});
    }
    announce();
    const config::Config now{.projects = {{name_, settings_}}}, then{.projects = {{name_, wanted_}}};
    return !config::changes(now, then).empty();
}

void Project::block(std::uint32_t retry_after_s) {
    is_blocked_ = true;
    retry_after_s_ = retry_after_s;
    announce();
}

void Project::drain(const Drain::Order& order, std::function<void()> done) {
    log::info("project sends its clients away", {{"project", name_}, {"over_ms", std::int64_t{order.over.count()}}});
    block(order.retry_after_s);
    drain_.begin(order, std::move(done));
    announce();
}

void Project::open() {
    is_blocked_ = false;
    drain_.end();
    if (is_failed_) {
        is_failed_ = false;
        policy_.reset();
        retry_failed_ = surroundings_.retry_failed;
        restart_timer_.cancel();
        if (may_launch()) launch(*library_, generation_, [](const Result<void>&) {});
    }
    announce();
}

void Project::start(Done done) {
    if (current_) return done({});
    if (next_) {
        next_->done = [first = std::move(next_->done), done = std::move(done)](const Result<void>& started) {
            first(started);
            done(started);
        };
        return;
    }
    if (is_stopped_ && !leaving_.empty()) return start_waiters_.push_back(std::move(done));
    is_stopped_ = false;
    is_failed_ = false;
    policy_.reset();
    restart_timer_.cancel();
    announce();
    if (!library_) return done(fail(Code::unavailable, "project " + name_ + " has no library that could be started"));
    launch(*library_, generation_, std::move(done));
}

void Project::stop(bool clients_are_gone, std::function<void()> done) {
    is_stopped_ = true;
    restart_timer_.cancel();
    stop_waiters_.push_back(std::move(done));
    drain_.end();
    const Error stopped{Code::unavailable, "project " + name_ + " was stopped"};
    for (const Done& waiter : std::exchange(start_waiters_, {})) waiter(tl::unexpected<Error>(stopped));
    if (const auto pending = std::move(pending_)) {
        forget_library(pending->library);
        pending->done(tl::unexpected<Error>(stopped));
    }
    if (const auto next = std::move(next_)) {
        if (next->worker) let_go(std::move(next->worker), settings_.limits.stop);
        forget_library(next->library);
        next->done(tl::unexpected<Error>(stopped));
    }
    std::unique_ptr<Worker> worker = std::move(current_);
    started_at_ms_ = 0;
    announce();
    const Gateway::Departure stops{.code = 1001, .cause = "stop", .reason = "the project stops"};
    for (Leaving& leaving : leaving_) {
        if (clients_are_gone) {
            leaving.has_clients = false;
            leaving.worker->stop(settings_.limits.stop);
        } else if ((leaving.is_draining || leaving.is_suspended) && leaving.has_clients) {
            close_clients_of(leaving, stops);
        }
    }
    if (worker && clients_are_gone) {
        let_go(std::move(worker), settings_.limits.stop);
    } else if (worker) {
        retire(std::move(worker), stops);
    }
    stop_if_over();
}

void Project::stop_if_over() {
    if (!is_stopped_ || current_ || next_ || !leaving_.empty()) return;
    const std::vector<Done> starting = std::exchange(start_waiters_, {});
    const std::weak_ptr<const bool> alive = alive_;
    for (const auto& done : std::exchange(stop_waiters_, {})) done();
    if (starting.empty() || alive.expired()) return;
    start([starting](const Result<void>& started) {
        for (const Done& done : starting) done(started);
    });
}

void Project::kill() {
    restart_timer_.cancel();
    is_stopped_ = true;
    start_waiters_.clear();
    pending_.reset();
    next_.reset();
    current_.reset();
    leaving_.clear();
    stop_if_over();
}

void Project::retire(std::unique_ptr<Worker> worker, const Gateway::Departure& how) {
    leaving_.push_back({.worker = std::move(worker), .bound = std::make_unique<Timer>(surroundings_.timers)});
    tell_others();  // Before any client goes on elsewhere: it can still be spoken to.
    close_clients_of(leaving_.back(), how);
}

void Project::suspend(std::unique_ptr<Worker> worker) {
    const std::uint64_t run = worker->plan().run;
    leaving_.push_back({.worker = std::move(worker), .bound = std::make_unique<Timer>(surroundings_.timers), .is_suspended = true});
    tell_others();
    leaving_.back().bound->set(settings_.limits.resume, [this, run] {
        log::warning("the old generation has not let go of every client: ending it", {{"project", name_}});
        stop_leaving(run);
    });
    const Gateway::Departure how{.reason = "a new version of the project is started", .suspends = true};
    surroundings_.gateway.retire(name_, run, how, [this, run, alive = std::weak_ptr<const bool>(alive_)] {
        if (!alive.expired()) stop_leaving(run);
    });
}

void Project::close_clients_of(Leaving& leaving, const Gateway::Departure& how) {
    const std::uint64_t run = leaving.worker->plan().run;
    leaving.is_draining = how.after.count() > 0;
    leaving.bound->set(how.after + settings_.limits.stop, [this, run] {
        log::warning("not every client of the old generation has gone: going on without them", {{"project", name_}});
        stop_leaving(run);
    });
    surroundings_.gateway.retire(name_, run, how, [this, run, alive = std::weak_ptr<const bool>(alive_)] {
        if (alive.expired()) return;
        for (Leaving& gone : leaving_) {
            if (gone.worker->plan().run == run) gone.has_clients = false;
        }
        stop_leaving(run);
    });
}

void Project::stop_leaving(std::uint64_t run) {
    for (Leaving& leaving : leaving_) {
        if (leaving.worker->plan().run != run) continue;
        leaving.bound->cancel();
        leaving.worker->stop(settings_.limits.stop);
    }
}

void Project::let_go(std::unique_ptr<Worker> worker, Milliseconds within, bool has_failed) {
    Worker* const raw = worker.get();
    leaving_.push_back({.worker = std::move(worker), .bound = std::make_unique<Timer>(surroundings_.timers), .has_clients = false, .has_failed = has_failed});
    raw->stop(within);
}

void Project::tell_others() {
    if (current_) current_->tell_others(!leaving_.empty());
    // Whom it has let go of can still be spoken to, also while there is nobody who has them.
    for (const Leaving& leaving : leaving_) leaving.worker->tell_others(current_ || leaving.is_suspended);
    if (next_ && next_->worker) next_->worker->tell_others(current_ || !leaving_.empty());
}

void Project::violated(std::uint64_t run, const std::string& what) {
    log::error("worker broke the rules of its link: ending it", {{"project", name_}, {"what", what}});
    if (Worker* const worker = worker_of(run)) worker->kill("broke the rules of its link (" + what + ")");
}

void Project::gateway_is_down() { is_current_linked_ = false; }

void Project::gateway_is_ready() {
    if (current_ && !current_->plan().in_gateway) {
        // A worker that nobody can reach is none: its death starts another.
        if (auto linked = current_->relink(); !linked) current_->kill("could not be linked: " + linked.error().message);
    }
    announce();
    if (pending_ && !next_) return take_pending();
    if (!current_ && !restart_timer_.is_set() && may_launch()) {
        launch(*library_, generation_, [](const Result<void>&) {});
    }
}

bool Project::may_launch() const {
    return library_ && !is_stopped_ && !next_ && (!is_in_gateway() || surroundings_.gateway.is_running());
}

}  // namespace berth::host::supervisor
