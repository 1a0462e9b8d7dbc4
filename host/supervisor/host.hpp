// SPDX-License-Identifier: MIT
/// The supervisor as a whole: `berth serve` (DESIGN §6).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "config/config.hpp"
#include "log/outputs.hpp"
#include "supervisor/intake.hpp"
#include "supervisor/reload.hpp"
#include "supervisor/restart_policy.hpp"

namespace berth::host::supervisor {

/// Everything that a host is made of, on one thread. Fails to be made when something that it needs is not there: then
/// nothing was started.
class Host {
public:
    struct Options {
        config::Config config{};
        std::filesystem::path configuration{};  ///< the file, for people; empty: none
        std::string version{};
        std::string program = "/proc/self/exe";  ///< what is executed for the other processes
        Inspect inspect{};
        Reload::Load load{};  ///< reads the configuration again
        RestartPolicy::Options restart{};  ///< of projects; without delays or a maximum of deaths also of the gateway
        /// Told once, when every listener is open and every project runs or has failed: what a person wants to see.
        std::function<void(const std::string& line)> ready{};
    };

    /// `outputs` takes the lines of all processes and must outlive the host.
    static Result<std::unique_ptr<Host>> create(Options options, log::Outputs& outputs);
    ~Host();
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    /// Until SIGTERM, SIGINT or the verb `stop`. Answers the exit code: 0 when it ended in order, 1 when the gateway
    /// could not be kept alive, 128 + n when a second signal n ended it at once. [main thread]
    int run();

private:
    struct Parts;
    explicit Host(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace berth::host::supervisor
