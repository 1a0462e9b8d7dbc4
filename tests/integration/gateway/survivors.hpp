// SPDX-License-Identifier: MIT
/// A project whose clients survive its workers, as it dies and is replaced.
#pragma once

#include "integration/gateway/gateway_fixture.hpp"

namespace berth::host::gateway::testing {

class Survivors : public GatewayTest {
protected:
    Survivors() { rules.survival = Survival::stateless; }

    /// The next run of the project has started.
    void bring(ScriptedWorker& another, std::uint64_t run, std::uint32_t io_threads = 1) {
        rules.state = ProjectState::open;
        gateway->set_project(rules, run, another.connect(io_threads));
        settle();
    }
    /// The worker of run 1 has died, as the supervisor says it.
    void dies(std::vector<Interruption> running = {}) {
        worker.die();
        gateway->worker_lost("p", 1, running);
        rules.state = ProjectState::starting;
        rules.waits = true;
        gateway->set_project(rules, 0, std::vector<UniqueFd>());
        settle();
    }
    void dies_too(ScriptedWorker& another, std::uint64_t run, std::vector<Interruption> running = {}) {
        another.die();
        gateway->worker_lost("p", run, running);
        settle();
    }
    void hand_over() {
        gateway->retire("p", 1,
                        {.order = {1012, link::Cause::redeploy, "new"}, .after = Milliseconds(600'000), .hands_over = true});
        settle();
    }
    static constexpr auto keeps_silent = [](auto&, auto, auto, auto, auto) {};

    ScriptedWorker next;
};

}  // namespace berth::host::gateway::testing
