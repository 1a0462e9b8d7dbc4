// SPDX-License-Identifier: MIT
/// Children that are processes: this program once more, with a hidden verb.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/event_loop.hpp"
#include "supervisor/child.hpp"
#include "supervisor/log_lines.hpp"
#include "supervisor/spawn.hpp"

namespace berth::host::supervisor {

/// Starts them: control channel as descriptor 3, log pipe as 4, standard output and error captured; all that they say
/// goes to the log hub, tagged. [main thread]
class ProcessChildren final : public Children {
public:
    struct Options {
        std::string program = "/proc/self/exe";
        std::optional<User> user{};  ///< absent: as this process
    };

    ProcessChildren(EventLoop& loop, LogSink log, Options options)
        : loop_(loop), log_(std::move(log)), options_(std::move(options)) {}

    Result<std::unique_ptr<Child>> start(const ChildSpec& spec, Child::Handlers handlers) override;

private:
    EventLoop& loop_;
    const LogSink log_;
    const Options options_;
};

}  // namespace berth::host::supervisor
