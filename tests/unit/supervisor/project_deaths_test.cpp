// SPDX-License-Identifier: MIT
// Whose fault a death was, and what follows from that.
#include <csignal>

#include "project_fixture.hpp"

namespace berth::host::supervisor {
namespace {

using ProjectDeaths = ProjectTest;

TEST_F(ProjectDeaths, is_soon_back_however_often_clients_kill_it) {
    run_first();
    for (int i = 0; i < 20; ++i) {
        worker().runs(ClientId{5}, SIGSEGV);
        worker().dies(SIGSEGV);
        timers.pass(500ms);
        ASSERT_EQ(children.count("worker"), static_cast<std::size_t>(i) + 2);
        comes_up(worker());
    }

    EXPECT_EQ(project.state(), Project::State::open);
    EXPECT_EQ(project.facts().crashes, 20u);
}

}  // namespace
}  // namespace berth::host::supervisor
