// SPDX-License-Identifier: MIT
/// The configuration read again while the host runs: all of it holds, or nothing has changed (RELIABILITY §2.3, H7, H8).
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/load.hpp"
#include "supervisor/gateway.hpp"
#include "supervisor/host_files.hpp"
#include "supervisor/projects.hpp"

namespace berth::host::supervisor {

/// Everything that could go wrong is tried before anything is changed: values, files, certificates, sockets. Listeners
/// that did not change keep their sockets, connections are never touched. [main thread]
class Reload {
public:
    struct Parts {
        config::Config& running;  ///< what holds
        HostFiles& files;
        Gateway& gateway;
        Projects& projects;
    };
    /// Reads the files again and looks at the machine. An error has a line for each thing that is wrong, with its place.
    using Load = std::function<Result<config::Loaded>()>;
    struct Outcome {
        std::vector<std::string> changed;  ///< keys and listeners, in words
        std::vector<std::string> later;    ///< projects for which a part waits until they are loaded again
        std::vector<std::string> warnings;  ///< what holds now and may not be meant
        std::string problem;               ///< what the gateway could not do of it; empty: nothing
    };
    using Done = std::function<void(const Result<Outcome>&)>;

    /// `applied` is called when `running` and `files` are the new ones.
    Reload(Parts parts, Load load, std::string file, std::function<void()> applied);

    /// `why`, for the log: "command", "signal", "file". One that is asked for while another is under way comes after it;
    /// several of those are one.
    void run(const std::string& why, Done done);

private:
    struct Plan;

    void begin(const std::string& why);
    Result<Plan> plan() const;
    Result<void> plan_listeners(const config::Config& wanted, Plan& plan) const;
    void commit(Plan plan);
    void finish(const Result<Outcome>& outcome);

    const Parts parts_;
    const Load load_;
    const std::string file_;
    const std::function<void()> applied_;
    const std::uint32_t connections_at_start_;
    bool is_running_ = false;
    std::string why_;
    std::string why_again_;
    std::vector<Done> waiting_;        ///< for the one under way
    std::vector<Done> waiting_again_;  ///< for the one after it
};

}  // namespace berth::host::supervisor
