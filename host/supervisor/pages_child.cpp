// SPDX-License-Identifier: MIT
#include "supervisor/pages_child.hpp"

#include <csignal>

#include "base/log.hpp"
#include "supervisor/json_values.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds end_limit = 2s;

}  // namespace

PagesChild::PagesChild(Timers& timers, Children& children, Plan plan)
    : children_(children), timers_(timers), plan_(std::move(plan)), timer_(timers) {}

void PagesChild::start(std::function<void()> settled) {
    settled_ = std::move(settled);
    launch();
}

void PagesChild::launch() {
    failure_.clear();
    auto viewer = plan_.open_viewer();
    if (!viewer) return ended(viewer.error().message);
    auto child = children_.start({.process = "pages", .arguments = {"__pages"}},
                                 {.message = [this](const nlohmann::json& message) { received(message); },
                                  .exited = [this](const ExitStatus& status) { ended(failure_.empty() ? in_words(status) : failure_); },
                                  .output = {},
                                  .errors = {}});
    if (!child) return ended(child.error().message);
    child_ = std::move(*child);
    nlohmann::json message = plan_.configure;
    message["type"] = "configure";
    const int fds[] = {plan_.listener, viewer->get()};
    child_->send(message, fds);
    timer_.set(plan_.ready_limit, [this] { child_->signal(SIGKILL, "was not ready within " + in_words(plan_.ready_limit)); });
}

void PagesChild::received(const nlohmann::json& message) {
    const std::string type = text_of(message, "type");
    if (type == "ready") {
        timer_.cancel();
        policy_.started(timers_.now());
        return settle();
    }
    if (type == "failed") failure_ = text_of(message, "message");
}

void PagesChild::ended(const std::string& how) {
    const std::unique_ptr<Child> gone = std::move(child_);
    timer_.cancel();
    if (is_stopping_) {
        if (const auto stopped = std::exchange(stopped_, nullptr)) stopped();
        return;
    }
    if (std::exchange(is_replacing_, false)) return launch();
    const auto delay = policy_.died(timers_.now(), RestartPolicy::Fault::another);
    log::error("pages died: starting them again", {{"how", how}, {"delay_ms", std::int64_t{delay->count()}}});
    timer_.set(*delay, [this] { launch(); });
    settle();
}

void PagesChild::settle() {
    if (const auto settled = std::exchange(settled_, nullptr)) settled();
}

void PagesChild::reconfigure(nlohmann::json configure) {
    if (configure == plan_.configure) return;
    plan_.configure = std::move(configure);
    if (!child_ || is_stopping_) return;
    is_replacing_ = true;
    child_->hang_up();
    timer_.set(end_limit, [this] { child_->signal(SIGKILL, "did not end when asked to"); });
}

void PagesChild::stop(std::function<void()> then) {
    is_stopping_ = true;
    timer_.cancel();
    if (!child_) return then();
    stopped_ = std::move(then);
    child_->hang_up();
    timer_.set(end_limit, [this] { child_->signal(SIGKILL, "did not end when asked to"); });
}

}  // namespace berth::host::supervisor
