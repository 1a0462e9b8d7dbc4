// SPDX-License-Identifier: MIT
/// Messages that come back: a number of them always under way on each connection, or some at a given rate.
#pragma once

#include "bench/load/load.hpp"

namespace berth::bench {

class EchoLoad final : public Load {
public:
    explicit EchoLoad(const Options& options);

    void received(Connection& connection, std::span<const char> bytes) override;
    Clock::time_point turn() override;

protected:
    void begin() override;
    [[nodiscard]] bool is_quiet() const override { return under_way_ == 0; }

private:
    void send(Connection& connection, unsigned count);
    [[nodiscard]] std::size_t speakers() const;

    std::uint64_t under_way_ = 0;
    // At a rate:
    std::chrono::nanoseconds interval_{};  ///< between two messages; 0: no rate
    Clock::time_point next_;
    std::size_t whose_turn_ = 0;
};

}  // namespace berth::bench
