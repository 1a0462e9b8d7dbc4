// SPDX-License-Identifier: MIT
#include "supervisor/gateway.hpp"

#include <csignal>

#include "base/log.hpp"
#include "supervisor/json_values.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr Milliseconds request_limit = 10s;
constexpr Milliseconds end_limit = 5s;
/// Beyond the limit that it was told.
constexpr Milliseconds answer_grace = 2s;

}  // namespace

std::string_view name_of(Gateway::State state) {
    switch (state) {
        case Gateway::State::starting: return "starting";
        case Gateway::State::running: return "running";
        case Gateway::State::restarting: return "restarting";
        case Gateway::State::stopping: return "stopping";
        case Gateway::State::ended: return "ended";
    }
    return "starting";
}

Gateway::Gateway(Timers& timers, Children& children, GatewayPlan plan, Events events)
    : timers_(timers),
      children_(children),
      plan_(std::move(plan)),
      events_(std::move(events)),
      io_threads_(static_cast<std::size_t>(number_of(plan_.configure, "io_threads", 1))),
      policy_(plan_.restart),
      start_timer_(timers),
      silence_(timers),
      stop_timer_(timers),
      requests_(timers) {}

Gateway::~Gateway() = default;

void Gateway::start() { launch(); }

void Gateway::launch() {
    failure_.clear();
    auto child = children_.start({.process = "gateway", .arguments = {"__gateway"}, },
                                 {.message = [this](const json& message) { received(message); },
                                  .exited = [this](const ExitStatus& status) { child_ended(status); },
                                  .output = {},
                                  .errors = {}});
    if (!child) return died(child.error().message);
    child_ = std::move(*child);
    json message = plan_.configure;
    message["type"] = "configure";
    message["incarnation"] = incarnation_;
    child_->send(message, plan_.listeners);
    start_timer_.set(plan_.ready_limit, [this] {
        child_->signal(SIGKILL, "was not ready within " + in_words(plan_.ready_limit));
    });
}

void Gateway::watch_silence() {
    if (state_ != State::running) return;
    if (plan_.silence_limit.count() == 0) return silence_.cancel();
    silence_.heard(plan_.silence_limit, [this] {
        const std::string reason = "did not answer for " + in_words(plan_.silence_limit);
        child_->signal(SIGABRT, reason);
        stop_timer_.set(2s, [this, reason] { child_->signal(SIGKILL, reason); });
    });
}

void Gateway::received(const json& message) {
    const std::string type = text_of(message, "type");
    if (type == "heartbeat") return watch_silence();
    if (type == "reply") return requests_.reply(message);
    if (type == "ready" && (state_ == State::starting || state_ == State::restarting)) {
        start_timer_.cancel();
        state_ = State::running;
        was_ready_ = true;
        policy_.started(timers_.now());
        watch_silence();  // From now on: the first heartbeat may be the one that never comes.
        return events_.ready();
    }
    if (type == "failed") {
        failure_ = text_of(message, "message");
        return child_->signal(SIGKILL, failure_);
    }
    if (type == "retired" || type == "suspended") return retired(message);
    if (type == "violation") {
        return events_.violation(text_of(message, "project"), static_cast<std::uint64_t>(number_of(message, "generation")),
                                 text_of(message, "what"));
    }
    if (type == "stopped" && state_ == State::stopping) return finish_stop();
}

void Gateway::retired(const json& message) {
    const auto found = retiring_.find({text_of(message, "project"), static_cast<std::uint64_t>(number_of(message, "generation"))});
    if (found == retiring_.end() || (text_of(message, "type") == "suspended" && !found->second.suspends)) return;
    retiring_.extract(found).mapped().then();
}

void Gateway::child_ended(const ExitStatus& status) {
    const std::unique_ptr<Child> gone = std::move(child_);
    start_timer_.cancel();
    silence_.cancel();
    stop_timer_.cancel();
    const bool was_stopping = state_ == State::stopping;
    state_ = was_stopping ? State::ended : State::restarting;
    fail_everything({Code::unavailable, "the gateway " + in_words(status) + "; it is started again"});
    events_.down(status);
    if (was_stopping) {
        finish_stop();
        if (const auto ended = std::exchange(ended_, nullptr)) ended();
        return;
    }
    died(failure_.empty() ? in_words(status) : failure_);
}

void Gateway::died(const std::string& why) {
    // The first start tells whether the configuration works at all: nothing is gained by trying again.
    if (!was_ready_) return events_.given_up({Code::failed, "gateway: " + why});
    const auto delay = policy_.died(timers_.now(), RestartPolicy::Fault::its_own);
    ++incarnation_;
    if (!delay || incarnation_ >= (1u << client_incarnation_bits)) {
        return events_.given_up({Code::failed, "the gateway died too often, the last time it " + why});
    }
    ++restarts_;
    log::error("gateway died: starting another", {{"how", why}, {"delay_ms", std::int64_t{delay->count()}}});
    start_timer_.set(*delay, [this] { launch(); });
}

void Gateway::fail_everything(const Error& error) {
    const auto retiring = std::exchange(retiring_, {});
    requests_.fail_all(error);
    for (const auto& [run, waiting] : retiring) waiting.then();
}

void Gateway::project(json message, const std::vector<UniqueFd>& lanes) {
    if (!is_running()) return;
    message["type"] = "project";
    std::vector<int> fds;
    for (const UniqueFd& lane : lanes) fds.push_back(lane.get());
    child_->send(message, fds);
}

void Gateway::accept() {
    if (is_running()) child_->send({{"type", "accept"}});
}

void Gateway::forget(const std::string& project) {
    if (is_running()) child_->send({{"type", "forget"}, {"project", project}});
}

void Gateway::host_worker(const std::string& project, std::uint64_t run, int channel) {
    if (!is_running()) return;
    const int fds[] = {channel};
    child_->send({{"type", "host_worker"}, {"project", project}, {"generation", to_text(run)}}, fds);
}

void Gateway::retire(const std::string& project, std::uint64_t run, const Departure& how, Retired then) {
    if (!is_running()) return then();
    retiring_[{project, run}] = {std::move(then), how.suspends};
    child_->send({{"type", "retire"}, {"project", project}, {"generation", to_text(run)}, {"code", how.code},
                  {"cause", how.cause}, {"reason", how.reason}, {"after_ms", how.after.count()},
                  {"hands_over", how.hands_over}, {"suspends", how.suspends}});
}

void Gateway::lost(const std::string& project, std::uint64_t run, const CrashReport& report, Retired then) {
    if (!is_running()) return then();
    json running = json::array();
    const auto add = [&](const std::vector<CrashReport::Event>& events, bool is_culprit) {
        for (const CrashReport::Event& event : events) {
            running.push_back({{"client", to_text(value_of(event.client))}, {"event", event.event},
                               {"seq", to_text(event.seq)}, {"culprit", is_culprit}});
        }
    };
    add(report.culprits, true);
    add(report.interrupted, false);
    retiring_[{project, run}] = {std::move(then)};
    child_->send({{"type", "lost"}, {"project", project}, {"generation", to_text(run)}, {"running", running}});
}

void Gateway::drain(const std::string& project, const Departing& how) {
    if (!is_running()) return;
    child_->send({{"type", "drain"}, {"project", project}, {"code", how.code}, {"cause", how.cause}, {"reason", how.reason},
                  {"over_ms", how.over.count()}, {"retry_after_s", how.retry_after_s}});
}

void Gateway::end_drain(const std::string& project) {
    if (is_running()) child_->send({{"type", "end_drain"}, {"project", project}});
}

void Gateway::request(json message, Requests::Then then) {
    if (!is_running()) {
        return then(fail(Code::unavailable, "the gateway is " + std::string(name_of(state_)) + "; try again"));
    }
    requests_.add(message, request_limit, "the gateway", std::move(then));
    child_->send(message);
}

void Gateway::reconfigure(json configure, std::vector<int> listeners, const std::vector<int>& added,
                          std::function<void(Result<void>)> then) {
    json message = configure;
    // A certificate that it has already is not said again.
    for (json& listener : message["listeners"]) {
        for (const json& known : plan_.configure["listeners"]) {
            const bool is_known = known["id"] == listener["id"] && known["tls"] == listener["tls"];
            if (is_known && !is_tls_in_doubt_) listener["tls"] = nullptr;
        }
    }
    plan_.configure = std::move(configure);
    plan_.listeners = std::move(listeners);
    if (!is_running()) return then({});
    message["type"] = "reconfigure";
    requests_.add(message, request_limit, "the gateway", [this, then = std::move(then)](const Result<json>& reply) {
        const std::string error = reply ? text_of(*reply, "error") : std::string{};
        is_tls_in_doubt_ = !reply || !error.empty();
        if (!reply) return then(tl::unexpected<Error>(reply.error()));
        then(error.empty() ? Result<void>{} : fail(Code::failed, "the gateway: " + error));
    });
    child_->send(message, added);
}

void Gateway::stop(Milliseconds within, std::function<void()> then) {
    const bool was_running = is_running();
    state_ = child_ ? State::stopping : State::ended;
    start_timer_.cancel();
    silence_.cancel();
    stopped_ = std::move(then);
    if (!was_running) return finish_stop();
    child_->send({{"type", "stop"}, {"within_ms", within.count()}});
    stop_timer_.set(within + answer_grace, [this, within] {
        log::warning("gateway did not close every client in time", {{"within_ms", within.count()}});
        finish_stop();
    });
}

void Gateway::finish_stop() {
    stop_timer_.cancel();
    if (const auto stopped = std::exchange(stopped_, nullptr)) stopped();
}

void Gateway::end(std::function<void()> then) {
    if (!child_) return then();
    ended_ = std::move(then);
    child_->hang_up();
    stop_timer_.set(end_limit, [this] { child_->signal(SIGKILL, "did not end when asked to"); });
}

}  // namespace berth::host::supervisor
