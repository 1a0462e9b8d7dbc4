// SPDX-License-Identifier: MIT
/// The host as a whole sends its clients away, before it is stopped or taken out of a balancer's list.
#pragma once

#include <functional>
#include <optional>

#include "supervisor/drain.hpp"
#include "supervisor/host_facts.hpp"
#include "supervisor/projects.hpp"

namespace berth::host::supervisor {

/// Every project refuses newcomers with 503, readiness is off, clients are closed with 1001 over a while: *draining*, then
/// *drained*. Both last until `open`, or the end of the host. Projects run on meanwhile. [main thread]
class HostDrain {
public:
    /// All borrowed: as long as this lives.
    HostDrain(HostFacts& facts, ProjectSurroundings& surroundings, Projects& projects);

    /// `done` is called once: nobody is left, or the time has passed, or `open` came. A second order replaces the first.
    void begin(const Drain::Order& order, std::function<void()> done);
    /// Newcomers are let in again; nothing, where they are not kept out.
    void open();
    /// The host stops: that is the end of its clients, too.
    void give_way() { drain_.end(); }

private:
    void over();
    void close_doors(std::optional<std::uint32_t> retry_after_s);

    HostFacts& facts_;
    ProjectSurroundings& surroundings_;
    Projects& projects_;
    Drain drain_;
};

}  // namespace berth::host::supervisor
