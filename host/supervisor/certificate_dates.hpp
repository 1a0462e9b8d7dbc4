// SPDX-License-Identifier: MIT
/// Warns before a listener's certificate expires (RELIABILITY §4.3).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "supervisor/host_facts.hpp"

namespace berth::host::supervisor {

/// Whole days until then; negative when it is over. Both in milliseconds since 1970.
[[nodiscard]] std::int64_t days_left(std::int64_t expires_at_ms, std::int64_t now_ms);

/// A warning once a day from 14 days before the end, an error from 3 days on. [main thread]
class CertificateDates {
public:
    /// To be called often; cheap.
    void look(const std::vector<HostFacts::Listening>& listeners, std::int64_t now_ms);

private:
    struct Told {
        std::int64_t expires_at_ms = 0;
        std::int64_t at_ms = 0;
    };
    std::map<std::string, Told> told_;  ///< by address
};

}  // namespace berth::host::supervisor
