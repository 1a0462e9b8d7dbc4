// SPDX-License-Identifier: MIT
/// Children that are workers inside the gateway process (isolation "none").
#pragma once

#include <list>
#include <memory>

#include "base/event_loop.hpp"
#include "supervisor/child.hpp"
#include "supervisor/gateway.hpp"
#include "supervisor/worker.hpp"

namespace berth::host::supervisor {

/// They live and die with the gateway: none can be ended by a signal without ending it. A hosted worker that must go
/// and does not is let go of: its channel is closed, its thread stays until the gateway ends.
class HostedWorkers {
public:
    HostedWorkers(EventLoop& loop, Gateway& gateway) : loop_(loop), gateway_(gateway) {}

    Result<std::unique_ptr<Child>> start(const WorkerPlan& plan, Child::Handlers handlers);
    /// Every hosted worker has ended.
    void gateway_ended(const ExitStatus& status);

private:
    class Hosted;

    EventLoop& loop_;
    Gateway& gateway_;
    std::list<Hosted*> all_;
};

}  // namespace berth::host::supervisor
