// SPDX-License-Identifier: MIT
#include "bench/load/load.hpp"

#include <algorithm>
#include <limits>

#include "bench/load/echo_load.hpp"
#include "bench/load/failure.hpp"
#include "bench/load/fanout_load.hpp"
#include "bench/load/storm_load.hpp"

namespace berth::bench {

namespace {

/// Connections in the making at the same time.
constexpr unsigned opening_max = 64;

}  // namespace

Load::Load(const Options& options) : options_(options) {
    engine_.serve(*this);
}

void Load::open(unsigned count) {
    if (count < connections_.size()) throw Failure("connections are only added");
    if (count > std::numeric_limits<std::uint16_t>::max())
        throw Failure("more connections than a stamp can name");
    while (open_ < count) {
        const unsigned most = std::min(count, open_ + opening_max);
        while (connections_.size() < most) {
            auto& connection = *connections_.emplace_back(std::make_unique<Connection>());
            connection.index = static_cast<std::uint16_t>(connections_.size() - 1);
            connection.sent_at_ns.resize(options_.in_flight);
            engine_.open(connection);
        }
        const unsigned before = open_;
        engine_.run_until([&] { return open_ > before; }, "a connection is let in");
    }
}

void Load::opened(Connection&) {
    ++open_;
}

Figures Load::run(std::chrono::milliseconds warm_up, std::chrono::milliseconds window) {
    is_running_ = true;
    begin();
    engine_.run_until(Clock::now() + warm_up);
    measurement_.begin();
    engine_.run_until(Clock::now() + window);
    const Figures figures = measurement_.end();
    is_running_ = false;
    engine_.run_until([this] { return is_quiet(); }, "everything that was sent has come back");
    return figures;
}

std::unique_ptr<Load> make_load(const Options& options) {
    switch (options.mode) {
        case Mode::echo:
            return std::make_unique<EchoLoad>(options);
        case Mode::fanout:
            return std::make_unique<FanoutLoad>(options);
        case Mode::storm:
            return std::make_unique<StormLoad>(options);
    }
    throw Failure("no such mode");
}

}  // namespace berth::bench
