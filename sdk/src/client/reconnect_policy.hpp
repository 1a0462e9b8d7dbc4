// SPDX-License-Identifier: MIT
/// Whether and when a connection is made again. Pure: time and chance are given.
#pragma once

#include <cstdint>
#include <optional>

#include "client/clock.hpp"
#include "client/failure.hpp"
#include "client/settings.hpp"

namespace berth::client::inner {

/// A connection that has stood this long counts as good: the delays begin anew after it. Sooner they would
/// not, or a server that accepts and at once closes everybody would be asked without a pause.
inline constexpr Milliseconds stable_after{10000};

/// Whether another attempt could end better, by how the last one ended (see berth/client.h, "Reconnection").
[[nodiscard]] bool is_worth_another(const End& end);

/// What the server asked for with that end: Retry-After of a refusal, or the hint in a close reason.
[[nodiscard]] std::optional<Milliseconds> asked_delay(const End& end);

/// [one thread]
class ReconnectPolicy {
public:
    explicit ReconnectPolicy(const ReconnectSettings& settings) : settings_(settings) {}

    /// The connection is open.
    void opened(TimePoint now) noexcept;

    /// It, or an attempt, has ended: how long to wait before the next attempt, or nothing when this was the
    /// last. Full jitter: a random part, `fraction` in [0, 1), of a ceiling that doubles with each failure;
    /// on top of what the server asked for, so that those whom it sent away do not come back in the same
    /// instant.
    [[nodiscard]] std::optional<Milliseconds> next_delay(const End& end, TimePoint now, double fraction);

private:
    ReconnectSettings settings_;
    std::optional<TimePoint> opened_at_;  ///< of the connection that is open
    bool was_open_ = false;               ///< ever
    std::uint32_t attempts_ = 0;          ///< since the last one that succeeded
    std::uint32_t doublings_ = 0;
};

}  // namespace berth::client::inner
