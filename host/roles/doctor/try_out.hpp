// SPDX-License-Identifier: MIT
/// Runs a library in a throw-away process and says how that went: `berth doctor --run`.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "elf/finding.hpp"

namespace berth::host::roles {

struct TryOut {
    struct Options {
        std::string path{};                       ///< that the clients ask for; empty: "/" and the project's name
        std::vector<std::string> subprotocols{};  ///< that they offer
        std::vector<std::string> messages{};      ///< that each sends; empty: some of the usual
        Milliseconds limit{10'000};               ///< for each step, and for all the clients that come and go
        std::string program = "/proc/self/exe";   ///< that knows the verb __trial
        /// Told of each step as it begins, in words that the library may have written. [the calling thread]
        std::function<void(const std::string& step)> on_step{};
    };
    std::vector<elf::Finding> findings;
    nlohmann::json project;  ///< what its table says; null when it was not read
    nlohmann::json events;   ///< calls by event; null when it did not come so far
};

/// A private copy with an empty data directory, both removed afterwards. The order is that of a project's life: load,
/// the global context and one run of the global service, two clients at once that say the messages, more that come and
/// go, the stop, unload. A crash, a hang or an exit ends only the process, which is killed with all that it started.
/// An error is the machine's. [main thread]
Result<TryOut> try_out(const std::filesystem::path& library, const std::string& project, const TryOut::Options& options);

}  // namespace berth::host::roles
