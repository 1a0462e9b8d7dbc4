// SPDX-License-Identifier: MIT
/// Users and addresses whose clients killed a project's worker: shut out before the project suffers (DECISIONS:
/// attribution).
#pragma once

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "gateway/transport/peer_address.hpp"

namespace berth::host::gateway {

/// Counted over all I/O threads. A client whose event killed a worker is closed, so it is its user or its address that
/// could try again: a user's second client, or an address's third, within ten minutes shuts it out of that project for
/// ten. Callers leave loopback out, behind which anybody may be. [any thread]; touched by deaths and, as long as it is not
/// empty, by newcomers.
class Offenders {
public:
    using Key = transport::PeerAddress::Key;
    /// An address, or the name of a token's user.
    using Who = std::variant<Key, std::string>;
    static constexpr std::size_t offences_of_address_max = 3;
    static constexpr std::size_t offences_of_user_max = 2;
    static constexpr Milliseconds shut_out{600'000};

    /// A client of theirs was a culprit; true when they are shut out from now on.
    bool note(const std::string& project, const Who& who, TimePoint now) BERTH_EXCLUDES(mutex_);
    /// How much longer they are shut out; 0: they are not.
    [[nodiscard]] Milliseconds remaining(const std::string& project, const Who& who, TimePoint now) BERTH_EXCLUDES(mutex_);

private:
    /// Beyond it the oldest are forgotten: an attacker with many addresses must not fill the memory.
    static constexpr std::size_t records_max = 4096;

    struct Record {
        std::vector<TimePoint> offences;
        TimePoint until{};
    };
    void forget_old(TimePoint now) BERTH_REQUIRES(mutex_);

    Mutex mutex_;
    std::map<std::pair<std::string, Who>, Record> records_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::host::gateway
