// SPDX-License-Identifier: MIT
/// Addresses whose clients killed a project's worker: shut out before the project suffers (DECISIONS: attribution).
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "gateway/transport/peer_address.hpp"

namespace berth::host::gateway {

/// Counted over all I/O threads. A client whose event killed a worker is closed, so it is its address that could try
/// again: after three of its clients within ten minutes it is shut out of that project for ten. Callers leave loopback
/// out, behind which anybody may be. [any thread]; touched by deaths and, as long as it is not empty, by newcomers.
class Offenders {
public:
    using Key = transport::PeerAddress::Key;
    static constexpr std::size_t offences_max = 3;
    static constexpr Milliseconds shut_out{600'000};

    /// A client of that address was a culprit; true when the address is shut out from now on.
    bool note(const std::string& project, const Key& address, TimePoint now) BERTH_EXCLUDES(mutex_);
    /// How much longer it is shut out; 0: it is not.
    [[nodiscard]] Milliseconds remaining(const std::string& project, const Key& address, TimePoint now) BERTH_EXCLUDES(mutex_);

private:
    /// Beyond it the oldest are forgotten: an attacker with many addresses must not fill the memory.
    static constexpr std::size_t addresses_max = 4096;

    struct Record {
        std::vector<TimePoint> offences;
        TimePoint until{};
    };
    void forget_old(TimePoint now) BERTH_REQUIRES(mutex_);

    Mutex mutex_;
    std::map<std::pair<std::string, Key>, Record> records_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::host::gateway
