// SPDX-License-Identifier: MIT
#include "supervisor/drain.hpp"

#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "supervisor/json_values.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// Whether anybody is left is asked so often.
constexpr Milliseconds drain_look_every = 200ms;
/// The last close frame waits so long for its answer, with something for the way.
constexpr Milliseconds drain_close_limit = 6s;

}  // namespace

Drain::Drain(Timers& timers, Gateway& gateway, std::string project, std::function<void()> over)
    : timers_(timers), gateway_(gateway), project_(std::move(project)), over_(std::move(over)), timer_(timers) {}

void Drain::begin(const Order& order, std::function<void()> done) {
    waiters_.push_back(std::move(done));
    facts_ = {.ends_at_ms = wall_clock_ms() + order.over.count(), .over = order.over};
    latest_ = timers_.now() + order.over + drain_close_limit;
    gateway_.drain(project_, {.cause = "administrator",
                              .reason = project_.empty() ? "the server sends its clients away" : "the project sends its clients away",
                              .over = order.over,
                              .retry_after_s = order.retry_after_s});
    look_later();
}

void Drain::end() {
    if (!is_under_way()) return;
    gateway_.end_drain(project_);
    finish();
}

void Drain::look_later() {
    timer_.set(drain_look_every, [this] { look(); });
}

void Drain::look() {
    gateway_.request({{"type", "stats"}}, [this, alive = std::weak_ptr<const bool>(alive_)](const Result<json>& stats) {
        if (!alive.expired() && is_under_way()) heard(stats ? *stats : json());
    });
}

void Drain::heard(const json& stats) {
    const bool is_empty = stats.is_object() && clients_in(stats, project_) == 0;
    if (!is_empty && timers_.now() < latest_) return look_later();
    if (!is_empty) log::warning("not every client that was sent away has gone", {{"project", project_}});
    finish();
}

void Drain::finish() {
    timer_.cancel();
    facts_.reset();
    const auto waiters = std::exchange(waiters_, {});
    over_();
    for (const auto& done : waiters) done();
}

std::int64_t clients_in(const json& stats, const std::string& project) {
    std::int64_t clients = 0;
    const auto projects = stats.find("projects");
    if (projects == stats.end() || !projects->is_object()) return clients;
    for (const auto& [name, figures] : projects->items()) {
        if (project.empty() || name == project) clients += number_of(figures, "clients");
    }
    return clients;
}

json drain_json(const std::optional<Drain::Facts>& facts) {
    if (!facts) return nullptr;
    return {{"over_ms", facts->over.count()}, {"ends_at_ms", facts->ends_at_ms}};
}

}  // namespace berth::host::supervisor
