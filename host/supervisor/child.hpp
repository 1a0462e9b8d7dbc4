// SPDX-License-Identifier: MIT
/// A process of the host, as its state machines see it; an interface, so that tests have children without processes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "supervisor/exit_status.hpp"

namespace berth::host::supervisor {

/// One end of the conversation with a child. Destroying it ends the process at once (SIGKILL to its group).
class Child {
public:
    struct Handlers {
        std::function<void(const nlohmann::json& message)> message;
        /// Called once, after every message and every log line of the child has been delivered. The child may
        /// be destroyed from here.
        std::function<void(const ExitStatus&)> exited;
        /// Raw standard output; empty: its lines go to the log.
        std::function<void(std::string_view bytes)> output;
        /// Raw standard error; empty: its lines go to the log.
        std::function<void(std::string_view bytes)> errors;
    };

    virtual ~Child() = default;

    /// Process id; for a worker inside the gateway that of the gateway.
    [[nodiscard]] virtual pid_t pid() const = 0;
    /// Queues a message with copies of the descriptors. A child that has gone loses it: `exited` tells.
    virtual void send(const nlohmann::json& message, std::span<const int> fds = {}) = 0;
    /// A signal to the process. `reason` is kept for its exit status.
    virtual void signal(int number, const std::string& reason) = 0;
    /// Closes the control channel: a request to end.
    virtual void hang_up() = 0;
};

/// What to start.
struct ChildSpec {
    std::string process{};                 ///< "gateway", "worker", "probe", "pages": tags its log lines
    std::vector<std::string> arguments{};  ///< the hidden verb and what follows it
    std::string project{};                 ///< empty: none
    std::uint64_t generation = 0;        ///< 0: none
    /// Descriptors that the child gets from number 5 on [borrowed: call].
    std::vector<int> extra_fds{};
};

/// Starts processes.
class Children {
public:
    virtual ~Children() = default;
    virtual Result<std::unique_ptr<Child>> start(const ChildSpec& spec, Child::Handlers handlers) = 0;
};

}  // namespace berth::host::supervisor
