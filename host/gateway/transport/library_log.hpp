// SPDX-License-Identifier: MIT
/// libwebsockets' own log lines, for the whole process.
#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace berth::host::transport {

/// Lets through ten lines a second and counts the others: nothing that a peer does may fill a disk.
class LineLimit {
public:
    static constexpr std::uint32_t lines_per_second = 10;

    /// @return whether this line may be written; `suppressed` is then how many weren't since the last one.
    [[nodiscard]] bool allow(TimePoint now, std::uint64_t& suppressed);

private:
    TimePoint second_begins_{};
    std::uint32_t in_this_second_ = 0;
    std::uint64_t suppressed_ = 0;
};

/// Sends the library's warnings and errors to `log`, the rest nowhere. [any thread]
void connect_library_log();

}  // namespace berth::host::transport
