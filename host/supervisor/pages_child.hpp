// SPDX-License-Identifier: MIT
/// The pages process: started, watched, started again; nothing else depends on it.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/timers.hpp"
#include "base/unique_fd.hpp"
#include "supervisor/child.hpp"
#include "supervisor/restart_policy.hpp"

namespace berth::host::supervisor {

class PagesChild {
public:
    struct Plan {
        nlohmann::json configure;  ///< the message without its type
        int listener = -1;         ///< [borrowed: as long as the PagesChild]
        /// A new connection to the control server that may look and not touch.
        std::function<Result<UniqueFd>()> open_viewer;
        Milliseconds ready_limit{10'000};
    };

    PagesChild(Timers& timers, Children& children, Plan plan);

    /// `settled` is called once: ready, or (with a line in the log) not.
    void start(std::function<void()> settled);
    /// Says something else from now on: a process that runs is replaced.
    void reconfigure(nlohmann::json configure);
    /// Ends the process; it is not started again.
    void stop(std::function<void()> then);
    [[nodiscard]] bool is_running() const { return child_ != nullptr; }

private:
    void launch();
    void received(const nlohmann::json& message);
    void ended(const std::string& how);
    void settle();

    Children& children_;
    Timers& timers_;
    Plan plan_;
    RestartPolicy policy_{{.deaths_max = 0}};
    std::unique_ptr<Child> child_;
    std::string failure_;
    std::function<void()> settled_;
    std::function<void()> stopped_;
    bool is_stopping_ = false;
    bool is_replacing_ = false;  ///< it ends to be started with another configuration
    Timer timer_;
};

}  // namespace berth::host::supervisor
