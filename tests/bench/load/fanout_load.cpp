// SPDX-License-Identifier: MIT
#include "bench/load/fanout_load.hpp"

namespace berth::bench {

namespace {

constexpr std::uint16_t speaker = 0;

}  // namespace

void FanoutLoad::opened(Connection& connection) {
    connection.incoming.number = spoken_;
    Load::opened(connection);
}

void FanoutLoad::begin() {
    const auto frames = traffic_.frames(speaker, spoken_, options_.in_flight);
    spoken_ += options_.in_flight;
    to_come_ = options_.in_flight * connections_.size();
    sent_at_ns_ = now_ns();
    engine_.write(*connections_[speaker], frames);
}

void FanoutLoad::received(Connection& connection, std::span<const char> bytes) {
    const unsigned whole = traffic_.take(speaker, connection.incoming, bytes);
    if (whole == 0) return;
    const std::uint64_t latency = now_ns() - sent_at_ns_;
    for (unsigned i = 0; i < whole; ++i) measurement_.latency(latency);
    measurement_.count(whole);
    to_come_ -= whole;
    if (to_come_ == 0 && is_running_) begin();
}

}  // namespace berth::bench
