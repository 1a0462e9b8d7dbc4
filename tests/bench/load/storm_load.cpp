// SPDX-License-Identifier: MIT
#include "bench/load/storm_load.hpp"

#include "bench/load/failure.hpp"

namespace berth::bench {

void StormLoad::open(unsigned count) {
    if (count != 0) throw Failure("a storm opens its connections while it runs");
}

void StormLoad::begin() {
    while (connections_.size() < options_.in_flight) {
        auto& connection = *connections_.emplace_back(std::make_unique<Connection>());
        connection.index = static_cast<std::uint16_t>(connections_.size() - 1);
        connection.sent_at_ns.resize(1);
    }
    for (const auto& connection : connections_) connect(*connection);
}

void StormLoad::connect(Connection& connection) {
    ++open_;
    connection.sent_at_ns.front() = now_ns();
    engine_.open(connection);
}

void StormLoad::opened(Connection& connection) {
    engine_.write(connection, traffic_.frames(connection.index, 0, 1));
}

void StormLoad::received(Connection& connection, std::span<const char> bytes) {
    if (traffic_.take(connection.index, connection.incoming, bytes) == 0) return;
    measurement_.latency(now_ns() - connection.sent_at_ns.front());
    measurement_.count(1);
    connection.reset();
    --open_;
    if (is_running_) connect(connection);
}

}  // namespace berth::bench
