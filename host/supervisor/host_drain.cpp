// SPDX-License-Identifier: MIT
#include "supervisor/host_drain.hpp"

#include <utility>

#include "base/log.hpp"

namespace berth::host::supervisor {

HostDrain::HostDrain(HostFacts& facts, ProjectSurroundings& surroundings, Projects& projects)
    : facts_(facts), surroundings_(surroundings), projects_(projects), drain_(surroundings.timers, surroundings.gateway, "", [this] { over(); }) {}

void HostDrain::begin(const Drain::Order& order, std::function<void()> done) {
    log::info("host sends its clients away", {{"over_ms", std::int64_t{order.over.count()}}});
    facts_.state = HostFacts::State::draining;
    close_doors(order.retry_after_s);
    drain_.begin(order, std::move(done));
    facts_.drain = drain_.facts();
}

void HostDrain::over() {
    facts_.drain.reset();
    if (facts_.state != HostFacts::State::draining) return;
    facts_.state = HostFacts::State::drained;
    log::info("host has sent its clients away", {});
}

void HostDrain::open() {
    if (!surroundings_.closed_for_s) return;
    facts_.state = HostFacts::State::running;
    close_doors(std::nullopt);
    log::info("host lets newcomers in again", {});
    drain_.end();
}

void HostDrain::close_doors(std::optional<std::uint32_t> retry_after_s) {
    surroundings_.closed_for_s = retry_after_s;
    for (const auto& [name, project] : projects_.all()) project->announce();
}

}  // namespace berth::host::supervisor
