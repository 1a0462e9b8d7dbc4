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

TEST_F(ProjectDeaths, fails_by_crashes_of_its_own_threads_whatever_its_clients_do_meanwhile) {
    run_first();
    for (int i = 0; i < 5; ++i) {
        worker().runs(ClientId{5});
        worker().dies(SIGSEGV);
        EXPECT_EQ(gate().last("lost")["running"][0]["culprit"], false);
        timers.pass(10s);
        if (i < 4) comes_up(worker());
    }

    EXPECT_EQ(project.state(), Project::State::failed);
}

}  // namespace
}  // namespace berth::host::supervisor
