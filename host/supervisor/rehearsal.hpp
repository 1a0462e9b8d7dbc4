// SPDX-License-Identifier: MIT
/// Loads a library of isolation "none" once in a process of its own, before it may do so in the gateway's.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "supervisor/worker.hpp"

namespace berth::host::supervisor {

/// A library whose `load` kills or hangs its process would take every client of the host along: it is refused here. What
/// `load` answers does not count, since it ran with an empty data directory. Destroying it ends the process.
class Rehearsal {
public:
    using Done = std::function<void(Result<void>)>;

    /// `plan` is that of the worker to come; `scratch` is an empty directory, removed at the end.
    Rehearsal(Timers& timers, WorkerPlan plan, std::filesystem::path scratch);
    ~Rehearsal();
    Rehearsal(const Rehearsal&) = delete;
    Rehearsal& operator=(const Rehearsal&) = delete;

    /// `done` is called once, never from within; it may destroy the rehearsal.
    void start(const Worker::Starter& starter, Done done);

private:
    void ended();

    Timers& timers_;
    WorkerPlan plan_;
    const std::filesystem::path scratch_;
    Done done_;
    std::unique_ptr<Worker> worker_;
    std::optional<Error> refusal_;
    Timer over_;
};

}  // namespace berth::host::supervisor
