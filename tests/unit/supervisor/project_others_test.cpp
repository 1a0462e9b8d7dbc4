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

TEST_F(ProjectTest, tells_that_the_first_run_of_its_global_service_failed_until_another_process_runs) {
    deploy("one");
    loads(worker());
    worker().says(json{{"type", "started"}, {"first_run_error", "no such table"}});

    EXPECT_EQ(project.state(), Project::State::open) << "it goes on at its next interval";
    EXPECT_THAT(outcomes, ElementsAre("ok"));
    EXPECT_EQ(project.facts().first_run_error, "no such table");
    EXPECT_EQ(project.facts().last_error, "project chat: the first run of its global service failed: no such table");
    project.library_was_refused("project chat: chat.so: is cut off");
    EXPECT_EQ(project.facts().first_run_error, "no such table") << "whatever came after it";

    deploy("two");
    loads(*worker(1));
    worker(0)->says("paused");
    worker(1)->says(json{{"type", "started"}, {"first_run_error", "no such column"}});
    EXPECT_EQ(project.facts().first_run_error, "no such column");
    deploy("three");
    loads(*worker(2));
    worker(1)->says("paused");
    worker(2)->says("started");

    EXPECT_EQ(project.facts().first_run_error, "");
    EXPECT_EQ(project.facts().last_error, "") << "said of a process that newcomers do not reach any more";
}

TEST_F(ProjectTest, a_deploy_that_fails_names_the_file_that_was_given) {
    run_first();
    Library given = library("two");
    given.given = "chat-2.so";
    project.deploy(given, true, [this](const Result<void>& done) { outcomes.push_back(done ? "ok" : done.error().message); });
    worker(1)->says(json{{"type", "failed"}, {"message", "project chat: chat.so: load: the licence has expired"}});

    EXPECT_THAT(outcomes, ElementsAre("project chat: chat-2.so: load: the licence has expired"));
    EXPECT_EQ(project.facts().last_error, outcomes.at(0));
}

}  // namespace
}  // namespace berth::host::supervisor
