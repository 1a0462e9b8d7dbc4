// SPDX-License-Identifier: MIT
/// A port that stays the test's while nobody listens on it.
#pragma once

#include <cstdint>

namespace berth::test {

/// A loopback port that the system chose and gives to nobody else as long as this lives: it is bound here, and nobody
/// listens. A server that names it and sets SO_REUSEADDR, as `berth serve` does, may listen on it, end, and listen again.
class HeldPort {
public:
    /// Throws std::runtime_error when there is none.
    HeldPort();
    ~HeldPort();
    HeldPort(const HeldPort&) = delete;
    HeldPort& operator=(const HeldPort&) = delete;

    [[nodiscard]] std::uint16_t number() const { return number_; }

private:
    int fd_ = -1;
    std::uint16_t number_ = 0;
};

}  // namespace berth::test
