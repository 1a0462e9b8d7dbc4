// SPDX-License-Identifier: MIT
#include "client/random.hpp"

#include <sys/random.h>

#include <cerrno>

#include "wire/require.hpp"

namespace berth::client::inner {

void Random::fill(std::span<std::uint8_t> to) noexcept {
    for (std::uint8_t& byte : to) {
        if (used_ == store_.size()) {
            // Up to 256 bytes come whole, once the kernel's generator is seeded (getrandom(2)).
            ssize_t got = 0;
            do {
                got = getrandom(store_.data(), store_.size(), 0);
            } while (got < 0 && errno == EINTR);
            wire::require(got == static_cast<ssize_t>(store_.size()), "the kernel gives random bytes");
            used_ = 0;
        }
        byte = store_[used_++];
    }
}

wire::MaskingKey Random::key() noexcept {
    wire::MaskingKey key{};
    fill(key);
    return key;
}

double Random::fraction() noexcept {
    std::array<std::uint8_t, 4> bytes{};
    fill(bytes);
    std::uint32_t number = 0;
    for (const std::uint8_t byte : bytes) number = number << 8 | byte;
    return number / 4294967296.0;
}

}  // namespace berth::client::inner
