// SPDX-License-Identifier: MIT
/// How clients are sent away one after the other over a while (SEMANTICS: Administration, drain).
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "gateway/client_host.hpp"
#include "gateway/generation.hpp"
#include "gateway/timer_wheel.hpp"

namespace berth::host::gateway {

/// An administrator's order. Newcomers are kept out by the state of the project, not by this.
struct DrainOrder {
    CloseOrder close;
    Milliseconds over{0};  ///< the last one is closed when it has passed
};

/// How many of `total` may still be there when `elapsed` of `over` has passed: all at the beginning, none at the end, evenly
/// between. `phase` (0 to 1, not 1) moves the steps, so that threads with few clients each do not close them at the same
/// moments.
[[nodiscard]] std::size_t drain_left(std::size_t total, Milliseconds elapsed, Milliseconds over, double phase);

/// Those that are under way on one I/O thread, by project; of the empty name: of all projects. [I/O thread]
class Drains final : private Timer {
public:
    using Projects = std::map<std::string, ProjectEntry, std::less<>>;

    /// `projects` and `host` [borrowed: longer than this].
    Drains(const Projects& projects, ClientHost& host, double phase) : projects_(projects), host_(host), phase_(phase) {}

    /// The last order for a name counts.
    void begin(const std::string& project, const DrainOrder& order);
    /// Who is left stays.
    void end(const std::string& project) { drains_.erase(project); }
    [[nodiscard]] bool is_any() const { return !drains_.empty(); }

private:
    struct Drain {
        DrainOrder order;
        TimePoint begun{};
        std::size_t total = 0;  ///< clients at its beginning
    };

    void on_timer() override { go_on(); }
    void go_on();
    void step(const std::string& project, const Drain& drain, Milliseconds elapsed);
    [[nodiscard]] std::vector<Client*> staying_in(const std::string& project) const;

    const Projects& projects_;
    ClientHost& host_;
    const double phase_;
    std::map<std::string, Drain> drains_;
};

}  // namespace berth::host::gateway
