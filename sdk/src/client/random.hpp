// SPDX-License-Identifier: MIT
/// Unpredictable bytes from the kernel: masking keys, the handshake's nonce, jitter.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/mask.hpp"

namespace berth::client::inner {

/// getrandom(2), fetched in advance so that a small frame does not cost a call; every byte is given out once.
/// [one thread]
class Random {
public:
    void fill(std::span<std::uint8_t> to) noexcept;

    /// A fresh key, as RFC 6455 §5.3 demands for each frame.
    [[nodiscard]] wire::MaskingKey key() noexcept;

    /// At least 0, less than 1.
    [[nodiscard]] double fraction() noexcept;

private:
    std::array<std::uint8_t, 256> store_{};
    std::size_t used_ = store_.size();
};

}  // namespace berth::client::inner
