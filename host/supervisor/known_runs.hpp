// SPDX-License-Identifier: MIT
/// Which version of a project each of its last processes has loaded.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>

namespace berth::host::supervisor {

/// What a run has loaded; generation 0: not known any more.
struct LoadedRun {
    std::uint64_t run = 0;
    std::uint64_t generation = 0;
    std::string version{};  ///< what the library calls itself; empty until it has said so
};

class KnownRuns {
public:
    void add(std::uint64_t run, std::uint64_t generation) {
        runs_.push_back({.run = run, .generation = generation});
        if (runs_.size() > kept) runs_.pop_front();
    }
    void says(std::uint64_t run, const std::string& version) {
        for (LoadedRun& known : runs_) {
            if (known.run == run) known.version = version;
        }
    }
    [[nodiscard]] LoadedRun of(std::uint64_t run) const {
        const auto found = std::find_if(runs_.begin(), runs_.end(), [&](const LoadedRun& known) { return known.run == run; });
        return found == runs_.end() ? LoadedRun{} : *found;
    }

private:
    static constexpr std::size_t kept = 64;
    std::deque<LoadedRun> runs_;
};

}  // namespace berth::host::supervisor
