// SPDX-License-Identifier: MIT
#include "supervisor/restart_policy.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <random>

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;

constexpr std::array<Milliseconds, 7> delays{0ms, 100ms, 500ms, 2s, 5s, 10s, 30s};
/// Far below limits.resume, and enough that a client who cannot be shut out does not keep a core busy with starts.
constexpr std::array<Milliseconds, 3> delays_by_client{0ms, 100ms, 500ms};

}  // namespace

RestartPolicy::RestartPolicy(Options options, Random random) : options_(options), random_(std::move(random)) {}

RestartPolicy::Random RestartPolicy::default_random() {
    return [engine = std::minstd_rand(std::random_device{}())]() mutable {
        return std::uniform_real_distribution<double>(0, 1)(engine);
    };
}

std::optional<Milliseconds> RestartPolicy::died(TimePoint now, Fault fault) {
    if (started_at_ && now - *started_at_ >= options_.healthy) next_delay_ = next_delay_by_client_ = 0;
    started_at_.reset();
    if (fault == Fault::its_own) {
        deaths_.push_back(now);
        while (!deaths_.empty() && now - deaths_.front() > options_.window) deaths_.pop_front();
        if (options_.deaths_max != 0 && deaths_.size() >= options_.deaths_max) return std::nullopt;
    }
    if (!options_.has_delays) return 0ms;
    const auto take = [](const auto& steps, std::size_t& next) {
        const Milliseconds delay = steps.at(next);
        next = std::min(next + 1, steps.size() - 1);
        return delay;
    };
    const Milliseconds delay =
        fault == Fault::client ? take(delays_by_client, next_delay_by_client_) : take(delays, next_delay_);
    const double factor = 1 + options_.spread * (2 * random_() - 1);
    return std::chrono::round<Milliseconds>(delay * factor);
}

void RestartPolicy::reset() {
    next_delay_ = next_delay_by_client_ = 0;
    started_at_.reset();
    deaths_.clear();
}

}  // namespace berth::host::supervisor
