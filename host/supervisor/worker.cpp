// SPDX-License-Identifier: MIT
#include "supervisor/worker.hpp"

#include <csignal>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "link/channel.hpp"
#include "supervisor/crash_stack.hpp"
#include "supervisor/json_values.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// Beyond the limit that a worker was told, for its answer to arrive.
constexpr Milliseconds answer_grace = 1s;
/// For a process to end after it said `stopped`.
constexpr Milliseconds end_limit = 5s;
/// How often the slots are looked at; an event is found this much late.
constexpr Milliseconds look_at_events_every = 250ms;

}  // namespace

Worker::Worker(Timers& timers, WorkerPlan plan, link::SlotTable slots, Ended ended)
    : timers_(timers),
      plan_(std::move(plan)),
      slots_(std::move(slots)),
      ended_(std::move(ended)),
      step_timer_(timers),
      silence_(timers),
      force_timer_(timers),
      events_timer_(timers),
      requests_(timers) {}

Result<std::unique_ptr<Worker>> Worker::create(Timers& timers, const Starter& starter, WorkerPlan plan, Ended ended) {
    auto slots = link::SlotTable::create();
    if (!slots) return tl::unexpected<Error>(std::move(slots).error());
    std::unique_ptr<Worker> worker(new Worker(timers, std::move(plan), std::move(*slots), std::move(ended)));
    Worker* const self = worker.get();
    auto child = starter(self->plan_, {.message = [self](const json& message) { self->received(message); },
                                       .exited = [self](const ExitStatus& status) { self->child_ended(status); },
                                       .output = {},
                                       .errors = {}});
    if (!child) return tl::unexpected<Error>(std::move(child).error());
    worker->child_ = std::move(*child);
    worker->watch_events();
    return worker;
}

Result<std::vector<UniqueFd>> Worker::make_lanes() {
    std::vector<UniqueFd> ours;
    gateway_lanes_.clear();
    if (plan_.in_gateway) return ours;
    for (std::size_t i = 0; i < plan_.lanes; ++i) {
        auto pair = link::Channel::pair();
        if (!pair) return tl::unexpected<Error>(std::move(pair).error());
        ours.push_back(std::move(pair->first));
        gateway_lanes_.push_back(std::move(pair->second));
    }
    return ours;
}

void Worker::load(Then then) {
    auto lanes = make_lanes();
    if (!lanes) return then(tl::unexpected<Error>(std::move(lanes).error()));
    json message = plan_.init;
    message["type"] = "init";
    message["project"] = plan_.project;
    message["generation"] = to_text(plan_.generation);
    message["run"] = to_text(plan_.run);
    message["lanes"] = lanes->size();
    std::vector<int> fds;
    for (const UniqueFd& lane : *lanes) fds.push_back(lane.get());
    fds.push_back(slots_.fd());
    BERTH_ASSERT(!step_);
    step_ = Step{steps_, "loaded", std::move(then)};
    step_timer_.set(plan_.start_limit, [this] {
        const std::string sentence = "the library did not load within " + in_words(plan_.start_limit);
        kill(sentence);
        finish_step(fail(Code::timed_out, sentence));
    });
    child_->send(message, fds);
}

void Worker::start(Started then) {
    step({{"type", "start"}}, "started", plan_.start_limit,
         "the global service's first run did not end within " + in_words(plan_.start_limit),
         [then = std::move(then)](const Result<json>& result) {
             if (!result) return then(tl::unexpected<Error>(result.error()));
             then(text_of(*result, "first_run_error"));
         });
}

void Worker::pause(Milliseconds limit, Done then) {
    step({{"type", "pause"}}, "paused", limit, "the global service's run did not end within " + in_words(limit),
         [then = std::move(then)](const Result<json>& result) {
             then(result ? Result<void>() : Result<void>(tl::unexpected<Error>(result.error())));
         });
}

void Worker::resume() {
    if (step_ && step_->answer == "paused") {
        step_.reset();
        step_timer_.cancel();
    }
    child_->send({{"type", "resume"}});
}

void Worker::step(json message, std::string answer, Milliseconds limit, const std::string& what, Then then) {
    BERTH_ASSERT(!step_);
    step_ = Step{++steps_, std::move(answer), std::move(then)};
    step_timer_.set(limit, [this, what] { finish_step(fail(Code::timed_out, what)); });
    message["step"] = steps_;
    child_->send(message);
}

void Worker::finish_step(Result<json> result) {
    if (!step_) return;
    step_timer_.cancel();
    const Step step = std::move(*step_);
    step_.reset();
    step.then(std::move(result));  // Last: it may destroy this worker.
}

void Worker::tell_others(bool alive) { child_->send({{"type", "others"}, {"alive", alive}}); }

Result<void> Worker::relink() {
    auto lanes = make_lanes();
    if (!lanes) return tl::unexpected<Error>(std::move(lanes).error());
    std::vector<int> fds;
    for (const UniqueFd& lane : *lanes) fds.push_back(lane.get());
    child_->send({{"type", "relink"}}, fds);
    return {};
}

void Worker::stop(Milliseconds within) {
    if (was_asked_ || is_over_) return;
    was_asked_ = true;
    step_.reset();
    step_timer_.cancel();
    child_->send({{"type", "stop"}, {"within_ms", within.count()}});
    force_timer_.set(within + answer_grace,
                     [this, within] { kill("the project did not stop within " + in_words(within)); });
}

void Worker::kill(const std::string& reason) {
    was_asked_ = true;
    end_by_force(reason);
}

void Worker::end_by_force(const std::string& reason) {
    no_longer_watch();
    child_->signal(SIGABRT, reason);
    force_timer_.set(plan_.abort_grace, [this, reason] { child_->signal(SIGKILL, reason); });
}

void Worker::no_longer_watch() {
    is_over_ = true;
    silence_.cancel();
    events_timer_.cancel();
}

void Worker::request(json message, Milliseconds limit, Requests::Then then) {
    requests_.add(message, limit, "project " + plan_.project, std::move(then));
    child_->send(message);
}

void Worker::watch_silence() {
    if (plan_.in_gateway || plan_.silence_limit.count() == 0) return;  // Nothing in there can be ended on its own.
    // Armed by the first sign of life: before it the start limit holds.
    silence_.heard(plan_.silence_limit, [this] {
        const std::string reason = "did not answer for " + in_words(plan_.silence_limit);
        log::error("worker is silent: ending it", {{"project", plan_.project}, {"pid", std::int64_t{pid()}}});
        // A process that is stopped takes no other signal, and its clients have waited long enough.
        no_longer_watch();
        child_->signal(SIGKILL, reason);
    });
}

void Worker::watch_events() {
    if (plan_.in_gateway) return;
    events_timer_.set(look_at_events_every, [this, due = timers_.now() + look_at_events_every] {
        const auto now_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
        if (has_been_asleep(due, timers_.now())) asleep_until_ns_ = now_ns;
        const auto overdue = find_overdue(slots_.running(), now_ns, plan_.event_limits, asleep_until_ns_);
        if (!overdue) return watch_events();
        // Nobody else will mark it: whoever gets the signal is not who is stuck.
        slots_.at(overdue->slot).signal.store(SIGABRT);
        log::error("event takes too long: ending its worker", {{"project", plan_.project}, {"what", overdue->reason}});
        end_by_force(overdue->reason);
    });
}

void Worker::received(const json& message) {
    if (!is_over_) watch_silence();
    const std::string type = text_of(message, "type");
    if (type == "reply") return requests_.reply(message);
    if (type == "stopped" && was_asked_) {
        is_over_ = true;
        silence_.cancel();
        child_->hang_up();
        force_timer_.set(end_limit, [this] { child_->signal(SIGKILL, "said that it stopped and went on"); });
        return;
    }
    if (type == "error") {
        // Logged by the worker itself; the project's last error comes with its figures.
        return;
    }
    if (!step_ || number_of(message, "step", step_->number) != step_->number) return;
    if (type == step_->answer) return finish_step(message);
    if (type == "failed") finish_step(fail(Code::failed, text_of(message, "message")));
}

void Worker::child_ended(const ExitStatus& status) {
    has_ended_ = true;
    silence_.cancel();
    force_timer_.cancel();
    events_timer_.cancel();
    // What the supervisor ended names its reason.
    const bool is_ordered = was_asked_ || !status.reason.empty();
    WorkerEnd end{.status = status,
                  .report = report_of(slots_.running(), ending_of(status, is_ordered, /*has_marks=*/!plan_.in_gateway)),
                  .stack = plan_.in_gateway ? "" : text_of(slots_.crash_stack(), plan_.init.value("library", "")),
                  .was_asked = was_asked_};
    const Ended ended = ended_;
    requests_.fail_all({Code::unavailable, "project " + plan_.project + ": its worker " + in_words(status)});
    if (step_) {
        const std::weak_ptr<const bool> alive = alive_;
        // One that lives in the gateway and ran nothing had no part in its death.
        const bool is_innocent = plan_.in_gateway && end.report.culprits.empty() && end.report.interrupted.empty();
        finish_step(fail(is_innocent ? Code::unavailable : Code::failed, "its process " + in_words(status)));
        if (alive.expired()) return;
    }
    ended(end);  // Last: it may destroy this worker.
}

}  // namespace berth::host::supervisor
