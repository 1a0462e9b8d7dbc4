// SPDX-License-Identifier: MIT
/// One speaks, all hear: the next burst when the last one has come to everybody.
#pragma once

#include "bench/load/load.hpp"

namespace berth::bench {

class FanoutLoad final : public Load {
public:
    using Load::Load;

    void opened(Connection& connection) override;
    void received(Connection& connection, std::span<const char> bytes) override;

protected:
    void begin() override;
    [[nodiscard]] bool is_quiet() const override { return to_come_ == 0; }

private:
    std::uint64_t to_come_ = 0;  ///< deliveries
    std::uint64_t sent_at_ns_ = 0;
    std::uint32_t spoken_ = 0;
};

}  // namespace berth::bench
