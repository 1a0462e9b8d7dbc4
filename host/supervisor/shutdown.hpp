// SPDX-License-Identifier: MIT
/// The order in which a host ends (SEMANTICS: stop).
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/timers.hpp"
#include "supervisor/gateway.hpp"
#include "supervisor/pages_child.hpp"
#include "supervisor/projects.hpp"

namespace berth::host::supervisor {

/// Newcomers refused, clients closed (1001) and their disconnections run, stop events, then the processes. Each step is
/// bounded, so the whole is; what does not end in time is ended.
class Shutdown {
public:
    struct Parts {
        Gateway& gateway;
        Projects& projects;
    };

    Shutdown(Parts parts, Milliseconds clients_limit) : parts_(parts), clients_limit_(clients_limit) {}

    /// `over` is called when every process has ended.
    void begin(std::function<void()> over);
    /// These end last, so that people can watch.
    void set_pages(PagesChild* pages) { pages_ = pages; }
    void set_clients_limit(Milliseconds limit) { clients_limit_ = limit; }
    /// The longest that it may take.
    [[nodiscard]] Milliseconds limit() const;

private:
    /// Those that were being removed already, too.
    [[nodiscard]] std::vector<Project*> everyone() const;
    void stop_projects();
    void end_gateway();

    const Parts parts_;
    Milliseconds clients_limit_;
    PagesChild* pages_ = nullptr;
    std::function<void()> over_;
    std::size_t waiting_ = 0;
};

}  // namespace berth::host::supervisor
