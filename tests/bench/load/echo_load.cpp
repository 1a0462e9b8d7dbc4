// SPDX-License-Identifier: MIT
#include "bench/load/echo_load.hpp"

#include <algorithm>

namespace berth::bench {

EchoLoad::EchoLoad(const Options& options) : Load(options) {
    if (options.rate > 0) interval_ = std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / options.rate));
}

std::size_t EchoLoad::speakers() const {
    return options_.speakers == 0 ? connections_.size()
                                  : std::min<std::size_t>(options_.speakers, connections_.size());
}

void EchoLoad::begin() {
    next_ = Clock::now();
    if (interval_.count() != 0) return;
    for (std::size_t i = 0; i < speakers(); ++i) send(*connections_[i], options_.in_flight);
}

// A connection whose answers are all still to come is left out: the server is late, which its latencies tell.
Clock::time_point EchoLoad::turn() {
    if (!is_running_ || interval_.count() == 0) return Clock::time_point::max();
    for (const auto now = Clock::now(); next_ <= now; next_ += interval_) {
        auto& connection = *connections_[whose_turn_++ % speakers()];
        if (connection.sent - connection.incoming.number < options_.in_flight) send(connection, 1);
    }
    return next_;
}

void EchoLoad::send(Connection& connection, unsigned count) {
    const auto frames = traffic_.frames(connection.index, connection.sent, count);
    const std::uint64_t now = now_ns();
    for (unsigned i = 0; i < count; ++i)
        connection.sent_at_ns[(connection.sent + i) % options_.in_flight] = now;
    connection.sent += count;
    under_way_ += count;
    engine_.write(connection, frames);
}

void EchoLoad::received(Connection& connection, std::span<const char> bytes) {
    const std::uint64_t now = now_ns();
    const std::uint32_t first = connection.incoming.number;
    const unsigned whole = traffic_.take(connection.index, connection.incoming, bytes);
    for (unsigned i = 0; i < whole; ++i)
        measurement_.latency(now - connection.sent_at_ns[(first + i) % options_.in_flight]);
    measurement_.count(whole);
    under_way_ -= whole;
    if (is_running_ && whole != 0 && interval_.count() == 0) send(connection, whole);
}

}  // namespace berth::bench
