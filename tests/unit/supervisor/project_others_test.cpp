// SPDX-License-Identifier: MIT
// What a generation is told of the others, whose clients it can speak to.
#include <csignal>

#include "project_fixture.hpp"

namespace berth::host::supervisor {
namespace {

TEST_F(ProjectTest, knows_from_its_load_on_whether_clients_are_with_others) {
    run_first();
    EXPECT_EQ(worker(0)->last("init")["others_alive"], false);
    const json first_run = announced()["generation"];
    deploy("two");
    EXPECT_EQ(worker(1)->last("init")["others_alive"], true);
    loads(*worker(1));
    worker(0)->says("paused");
    worker(1)->says("started");

    worker(1)->dies(SIGSEGV);
    for (int i = 0; i < 100 && children.count("worker") < 3; ++i) timers.pass(100ms);
    ASSERT_EQ(children.count("worker"), 3u);
    EXPECT_EQ(worker(2)->last("init")["others_alive"], true) << "of the version that drains";
    retired(first_run);
    worker(0)->says("stopped");
    worker(0)->exits();
    EXPECT_EQ(worker(2)->last("others")["alive"], false) << "gone while it was made ready";
}

TEST_F(ProjectTest, that_is_restarted_knows_of_those_that_drain) {
    run_first();
    deploy("two");
    loads(*worker(1));
    worker(0)->says("paused");
    worker(1)->dies(SIGSEGV);
    deploy("three");
    ASSERT_EQ(children.count("worker"), 3u);
    loads(*worker(2));
    worker(0)->dies(SIGSEGV);
    worker(2)->says("started");

    EXPECT_EQ(worker(2)->last("init")["others_alive"], true);
    EXPECT_EQ(worker(2)->last("others")["alive"], false) << "the old one died before it could leave";
}

}  // namespace
}  // namespace berth::host::supervisor
