// SPDX-License-Identifier: MIT
/// Connections that are made only to end: connect, upgrade, one message there and back, reset.
#pragma once

#include "bench/load/load.hpp"

namespace berth::bench {

class StormLoad final : public Load {
public:
    using Load::Load;

    void open(unsigned count) override;
    void opened(Connection& connection) override;
    void received(Connection& connection, std::span<const char> bytes) override;

protected:
    void begin() override;
    [[nodiscard]] bool is_quiet() const override { return open_ == 0; }

private:
    void connect(Connection& connection);
};

}  // namespace berth::bench
