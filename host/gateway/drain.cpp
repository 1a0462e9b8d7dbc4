// SPDX-License-Identifier: MIT
#include "gateway/drain.hpp"

#include <algorithm>
#include <cmath>

#include "gateway/client.hpp"

namespace berth::host::gateway {
namespace {

/// Closes are looked at so often: a thousand clients a second leave in steps of fifty.
constexpr Milliseconds drain_tick{50};

}  // namespace

std::size_t drain_left(std::size_t total, Milliseconds elapsed, Milliseconds over, double phase) {
    if (elapsed >= over) return 0;
    // Multiplied first, so that whole numbers stay whole.
    const double share = static_cast<double>(total) * static_cast<double>((over - elapsed).count()) / static_cast<double>(over.count());
    const double left = std::ceil(share - phase);
    return std::min(total, static_cast<std::size_t>(std::max(left, 0.0)));
}

void Drains::begin(const std::string& project, const DrainOrder& order) {
    drains_[project] = {order, host_.now(), staying_in(project).size()};
    go_on();
}

void Drains::go_on() {
    for (auto drain = drains_.begin(); drain != drains_.end();) {
        const auto elapsed = std::chrono::duration_cast<Milliseconds>(host_.now() - drain->second.begun);
        step(drain->first, drain->second, elapsed);
        drain = elapsed >= drain->second.order.over ? drains_.erase(drain) : std::next(drain);
    }
    if (is_any()) host_.wheel().start(*this, host_.now() + drain_tick);
}

void Drains::step(const std::string& project, const Drain& drain, Milliseconds elapsed) {
    const std::vector<Client*> here = staying_in(project);
    const std::size_t left = drain_left(drain.total, elapsed, drain.order.over, phase_);
    const CloseOrder& order = drain.order.close;
    for (std::size_t i = left; i < here.size(); ++i) here[i]->close(order.code, order.cause, order.reason, order.retry_after_s);
}

/// In every version of the project.
std::vector<Client*> Drains::staying_in(const std::string& project) const {
    std::vector<Client*> staying;
    for (const auto& [name, entry] : projects_) {
        if (!project.empty() && name != project) continue;
        for (const auto& [number, generation] : entry.generations) {
            for (Client* const client : generation.clients) {
                if (!client->is_leaving()) staying.push_back(client);
            }
        }
    }
    return staying;
}

}  // namespace berth::host::gateway
