// SPDX-License-Identifier: MIT
#include <csignal>

#include "project_fixture.hpp"

namespace berth::host::supervisor {
namespace {

TEST_F(ProjectTest, is_announced_after_the_first_run_of_its_global_service) {
    deploy("one");
    EXPECT_EQ(worker().last("init")["library"], "/nowhere/staging/one/chat.so");
    EXPECT_EQ(worker().fds.front(), 3u) << "a lane for each I/O thread and the slot table";
    loads(worker());
    EXPECT_EQ(worker().got("start"), 1u);
    EXPECT_EQ(project.state(), Project::State::starting);
    EXPECT_EQ(announced()["state"], "starting");
    EXPECT_EQ(announced()["generation"], "0");

    worker().says("started");

    EXPECT_EQ(project.state(), Project::State::open);
    EXPECT_EQ(announced()["state"], "open");
    EXPECT_EQ(announced()["generation"], worker().last("init")["run"]);
    EXPECT_EQ(gate().fds.back(), 2u) << "the other ends of the lanes";
    EXPECT_THAT(outcomes, ElementsAre("ok"));
}

TEST_F(ProjectTest, redeploys_in_the_order_pause_start_announce_retire_stop) {
    run_first();
    const json first_run = announced()["generation"];
    deploy("two");
    EXPECT_EQ(worker(0)->got("pause"), 0u) << "not before the new one is loaded";
    loads(*worker(1));
    EXPECT_EQ(worker(0)->got("pause"), 1u);
    EXPECT_EQ(worker(1)->got("start"), 0u) << "its first run waits for the end of the old one's run";
    worker(0)->says("paused");
    EXPECT_EQ(worker(1)->got("start"), 1u);
    EXPECT_EQ(gate().got("retire"), 0u);

    worker(1)->says("started");

    EXPECT_EQ(announced()["generation"], worker(1)->last("init")["run"]);
    EXPECT_EQ(gate().last("retire"),
              (json{{"type", "retire"}, {"project", "chat"}, {"generation", first_run}, {"code", 1012},
                    {"cause", "redeploy"}, {"reason", "a new version of the project is running"}, {"after_ms", 600'000},
                    {"hands_over", false}, {"suspends", false}}));
    EXPECT_EQ(worker(1)->last("others")["alive"], true);
    EXPECT_EQ(worker(0)->got("stop"), 0u) << "its clients' disconnections come first";
    retired(first_run);
    EXPECT_EQ(worker(0)->got("stop"), 1u);
    worker(0)->says("stopped");
    EXPECT_TRUE(worker(0)->is_hung_up);
    worker(0)->exits();
    EXPECT_TRUE(worker(0)->is_destroyed);
    EXPECT_EQ(worker(1)->last("others")["alive"], false);
    EXPECT_EQ(project.facts().generation, 2u);
    EXPECT_EQ(project.facts().crashes, 0u);
}

TEST_F(ProjectTest, never_shows_newcomers_anything_but_open_during_a_redeploy) {
    run_first();
    gate().received.clear();
    deploy("two");
    loads(*worker(1));
    worker(0)->says("paused");
    worker(1)->says("started");

    for (const json& message : gate().received) {
        if (message["type"] == "project") {
            EXPECT_EQ(message["state"], "open");
        }
    }
    EXPECT_EQ(gate().got("project"), 1u);
}

TEST_F(ProjectTest, leaves_the_running_one_untouched_when_the_new_one_does_not_load) {
    run_first();
    const std::size_t said = gate().received.size();
    deploy("two");
    worker(1)->says(json{{"type", "failed"}, {"message", "project chat: chat.so: needs ABI 1.9"}});

    EXPECT_THAT(outcomes, ElementsAre("project chat: chat.so: needs ABI 1.9"));
    EXPECT_EQ(project.state(), Project::State::open);
    EXPECT_EQ(gate().received.size(), said) << "the gateway heard nothing";
    EXPECT_EQ(worker(0)->got("pause"), 0u);
    EXPECT_EQ(project.facts().last_error, "project chat: chat.so: needs ABI 1.9");
    EXPECT_EQ(project.facts().generation, 1u);
}

TEST_F(ProjectTest, paces_the_old_one_again_when_the_new_one_cannot_start) {
    run_first();
    deploy("two");
    loads(*worker(1));
    worker(0)->says("paused");
    worker(1)->says(json{{"type", "failed"}, {"message", "no table"}});

    EXPECT_EQ(worker(0)->got("resume"), 1u);
    EXPECT_EQ(worker(0)->got("start"), 1u) << "no run besides those of its interval";
    EXPECT_THAT(outcomes, ElementsAre("project chat: chat.so: no table"));
    EXPECT_EQ(project.state(), Project::State::open);
}

TEST_F(ProjectTest, that_was_never_paused_is_not_paced_again) {
    run_first();
    deploy("two");
    worker(1)->says(json{{"type", "failed"}, {"message", "no table"}});

    EXPECT_EQ(worker(0)->got("resume"), 0u);
    EXPECT_EQ(worker(0)->got("start"), 1u);
}

TEST_F(ProjectTest, takes_a_third_version_while_the_first_has_not_answered_the_pause_for_the_second) {
    run_first();
    deploy("two");
    loads(*worker(1));
    const json first_pause = worker(0)->last("pause");
    worker(1)->dies(SIGKILL);
    EXPECT_EQ(worker(0)->got("resume"), 1u);

    deploy("three");
    loads(*worker(2));
    ASSERT_EQ(worker(0)->got("pause"), 2u);
    worker(0)->says(json{{"type", "paused"}, {"step", first_pause["step"]}});
    EXPECT_EQ(worker(2)->got("start"), 0u) << "that was the answer to the first pause";
    worker(0)->says("paused");
    EXPECT_EQ(worker(2)->got("start"), 1u);
    worker(2)->says("started");
    EXPECT_THAT(outcomes.back(), "ok");
}

TEST_F(ProjectTest, takes_a_third_version_at_once_when_the_second_could_not_start) {
    run_first();
    deploy("two");
    loads(*worker(1));
    worker(0)->says("paused");
    worker(1)->says(json{{"type", "failed"}, {"message", "no table"}});

    deploy("three");
    loads(*worker(2));
    worker(0)->says("paused");
    worker(2)->says("started");
    EXPECT_THAT(outcomes.back(), "ok");
}

TEST_F(ProjectTest, and_its_host_may_be_frozen_together_without_harm) {
    run_first();
    worker(0)->says("heartbeat");
    timers.sleep_through(60s);
    EXPECT_TRUE(worker(0)->signals.empty());
    worker(0)->says("heartbeat");
    pass_alive(20s);
    EXPECT_TRUE(worker(0)->signals.empty());
}

TEST_F(ProjectTest, says_how_a_new_one_died_while_it_was_loaded) {
    run_first();
    deploy("two");
    worker(1)->dies(SIGSEGV);

    EXPECT_THAT(outcomes, ElementsAre("project chat: chat.so: its process ended by SIGSEGV (segmentation fault)"));
    EXPECT_TRUE(worker(1)->is_destroyed);
    EXPECT_EQ(project.facts().crashes, 0u);
}

TEST_F(ProjectTest, gives_a_new_one_30_s_to_load) {
    run_first();
    deploy("two");
    pass_alive(30s);

    EXPECT_THAT(outcomes, ElementsAre("project chat: chat.so: the library did not load within 30 s"));
    EXPECT_THAT(worker(1)->signals, ElementsAre(SIGABRT));
    timers.pass(2s);
    EXPECT_THAT(worker(1)->signals, ElementsAre(SIGABRT, SIGKILL));
}

TEST_F(ProjectTest, deploys_although_the_old_global_service_never_ends) {
    run_first();
    deploy("two");
    loads(*worker(1));
    pass_alive(30s);
    ASSERT_EQ(worker(1)->got("start"), 1u);
    worker(1)->says("started");

    EXPECT_THAT(outcomes, ElementsAre("ok"));
}

TEST_F(ProjectTest, stops_an_old_one_whose_clients_do_not_go_in_time) {
    run_first();
    deploy("two");
    loads(*worker(1));
    worker(0)->says("paused");
    worker(1)->says("started");

    pass_alive(settings.limits.drain + settings.limits.stop);

    EXPECT_EQ(worker(0)->got("stop"), 1u);
}

TEST_F(ProjectTest, does_nothing_when_the_same_library_comes_again_unless_told_to) {
    run_first("one");
    deploy("one");
    EXPECT_EQ(children.count("worker"), 1u);

    deploy("one", /*force=*/true);

    EXPECT_EQ(children.count("worker"), 2u);
}

TEST_F(ProjectTest, deploys_one_after_the_other_and_only_the_newest_of_those_that_wait) {
    run_first();
    deploy("two");
    deploy("three");
    deploy("four");
    EXPECT_EQ(children.count("worker"), 2u);
    EXPECT_THAT(outcomes, ElementsAre("project chat: a newer library came before its turn"));

    loads(*worker(1));
    worker(0)->says("paused");
    worker(1)->says("started");

    ASSERT_EQ(children.count("worker"), 3u);
    EXPECT_EQ(worker().last("init")["library"], "/nowhere/staging/four/chat.so");
}

TEST_F(ProjectTest, restarts_at_once_after_a_crash_as_the_same_generation_and_a_new_run) {
    run_first();
    const json first_run = announced()["generation"];
    worker(0)->dies(SIGSEGV);
    EXPECT_EQ(gate().last("lost")["generation"], first_run);
    EXPECT_EQ(announced()["state"], "starting");
    EXPECT_EQ(announced()["generation"], "0");

    timers.pass(0ms);
    ASSERT_EQ(children.count("worker"), 2u);
    comes_up(*worker(1));

    EXPECT_EQ(announced()["state"], "open");
    EXPECT_NE(announced()["generation"], first_run);
    EXPECT_EQ(announced()["generation"], worker(1)->last("init")["run"]);
    EXPECT_EQ(worker(1)->last("init")["generation"], "1");
    EXPECT_EQ(project.facts().generation, 1u);
    EXPECT_EQ(project.facts().crashes, 1u);
    EXPECT_EQ(project.facts().restarts, 1u);
    EXPECT_EQ(project.facts().last_error, "project chat: its process ended by SIGSEGV (segmentation fault)");
}

TEST_F(ProjectTest, fails_after_five_crashes_in_five_minutes_and_is_opened_by_hand) {
    run_first();
    for (int i = 0; i < 5; ++i) {
        worker().dies(SIGSEGV);
        timers.pass(10s);
        if (i < 4) comes_up(worker());
    }
    EXPECT_EQ(project.state(), Project::State::failed);
    EXPECT_EQ(announced()["state"], "failed");
    EXPECT_EQ(announced()["retry_after_s"], 30);
    EXPECT_EQ(children.count("worker"), 5u);

    project.open();
    ASSERT_EQ(children.count("worker"), 6u);
    comes_up(worker());

    EXPECT_EQ(project.state(), Project::State::open);
}

TEST_F(ProjectTest, is_tried_again_by_itself_after_it_failed_less_and_less_often) {
    deploy("one");
    worker().says(json{{"type", "failed"}, {"message", "no database"}});
    EXPECT_EQ(project.state(), Project::State::failed);
    EXPECT_EQ(children.count("worker"), 1u);

    timers.pass(30s);
    ASSERT_EQ(children.count("worker"), 2u);
    worker().says(json{{"type", "failed"}, {"message", "no database"}});
    timers.pass(59s);
    EXPECT_EQ(children.count("worker"), 2u);
    timers.pass(1s);
    ASSERT_EQ(children.count("worker"), 3u);
    comes_up(worker());

    EXPECT_EQ(project.state(), Project::State::open);
}

TEST_F(ProjectTest, that_failed_is_revived_by_a_new_library) {
    deploy("one");
    worker().says(json{{"type", "failed"}, {"message", "broken"}});

    deploy("two");
    comes_up(worker());

    EXPECT_EQ(project.state(), Project::State::open);
    EXPECT_EQ(project.library()->staged.sha256, "two");
}

TEST_F(ProjectTest, goes_back_to_the_old_library_when_that_died_while_a_bad_one_was_deployed) {
    run_first("one");
    deploy("two");
    worker(0)->dies(SIGSEGV);
    worker(1)->says(json{{"type", "failed"}, {"message", "broken"}});
    timers.pass(0ms);

    ASSERT_EQ(children.count("worker"), 3u);
    EXPECT_EQ(worker().last("init")["library"], "/nowhere/staging/one/chat.so");
    comes_up(worker());
    EXPECT_EQ(project.state(), Project::State::open);
}

TEST_F(ProjectTest, that_dies_while_its_successor_waits_for_its_pause_makes_room_at_once) {
    run_first("one");
    deploy("two");
    loads(*worker(1));
    worker(0)->dies(SIGSEGV);
    EXPECT_EQ(worker(1)->got("start"), 1u);
    worker(1)->says("started");

    EXPECT_EQ(project.state(), Project::State::open);
    EXPECT_EQ(gate().got("retire"), 0u);
    EXPECT_EQ(gate().got("lost"), 1u);
}

TEST_F(ProjectTest, is_ended_at_once_when_its_heartbeat_stops_and_that_counts_as_a_crash) {
    run_first();
    worker().says("heartbeat");
    timers.pass(5s);
    EXPECT_THAT(worker().signals, ElementsAre(SIGKILL)) << "one that is stopped takes no other";
    worker().dies(SIGKILL);

    EXPECT_EQ(project.facts().last_error,
              "project chat: its process did not answer for 5 s, ended by SIGKILL (killed)");
    EXPECT_EQ(project.facts().crashes, 1u);
}

TEST_F(ProjectTest, is_blocked_and_opened) {
    run_first();
    project.block(7);
    EXPECT_EQ(project.state(), Project::State::blocked);
    EXPECT_EQ(announced()["state"], "blocked");
    EXPECT_EQ(announced()["retry_after_s"], 7);
    EXPECT_EQ(gate().fds.back(), 0u) << "the lanes went with the first announcement";

    project.open();

    EXPECT_EQ(announced()["state"], "open");
    EXPECT_EQ(children.count("worker"), 1u);
}

TEST_F(ProjectTest, stays_blocked_across_a_redeploy_and_a_crash) {
    run_first();
    project.block(7);
    worker().dies(SIGSEGV);
    timers.pass(0ms);
    comes_up(worker());

    EXPECT_EQ(project.state(), Project::State::blocked);
}

TEST_F(ProjectTest, stops_by_closing_its_clients_before_its_stop_event) {
    run_first();
    int stopped = 0;
    project.stop(/*clients_are_gone=*/false, [&] { ++stopped; });
    EXPECT_EQ(announced()["state"], "stopped");
    EXPECT_EQ(gate().last("retire")["code"], 1001);
    EXPECT_EQ(gate().last("retire")["cause"], "stop");
    EXPECT_EQ(worker().got("stop"), 0u);
    retired(gate().last("retire")["generation"]);
    EXPECT_EQ(worker().got("stop"), 1u);
    worker().says("stopped");
    EXPECT_EQ(stopped, 0);
    worker().exits();

    EXPECT_EQ(stopped, 1);
    timers.pass(10min);
    EXPECT_EQ(children.count("worker"), 1u) << "it is not restarted";
}

TEST_F(ProjectTest, that_does_not_stop_in_time_is_ended) {
    run_first();
    int stopped = 0;
    project.stop(/*clients_are_gone=*/true, [&] { ++stopped; });
    pass_alive(settings.limits.stop + 1s);
    EXPECT_THAT(worker().signals, ElementsAre(SIGABRT));
    worker().dies(SIGABRT);

    EXPECT_EQ(stopped, 1);
    EXPECT_EQ(project.facts().crashes, 0u);
}

TEST_F(ProjectTest, starts_again_with_the_newest_library_that_came_while_it_was_stopped) {
    run_first("one");
    project.stop(/*clients_are_gone=*/true, [] {});
    worker().says("stopped");
    worker().exits();
    deploy("two");
    EXPECT_EQ(children.count("worker"), 1u);

    std::string started;
    project.start([&](const Result<void>& result) { started = result ? "ok" : result.error().message; });
    comes_up(worker());

    EXPECT_EQ(started, "ok");
    EXPECT_EQ(worker().last("init")["library"], "/nowhere/staging/two/chat.so");
    EXPECT_EQ(project.state(), Project::State::open);
}

TEST_F(ProjectTest, told_to_start_while_it_stops_starts_when_that_is_over) {
    run_first();
    std::vector<std::string> told;
    project.stop(/*clients_are_gone=*/true, [&] { told.emplace_back("stopped"); });
    project.start([&](const Result<void>& result) { told.emplace_back(result ? "started" : result.error().message); });
    EXPECT_EQ(children.count("worker"), 1u) << "two at once would share a database";
    worker().says("stopped");
    worker().exits();
    EXPECT_THAT(told, ElementsAre("stopped"));
    comes_up(worker());

    EXPECT_THAT(told, ElementsAre("stopped", "started"));
    EXPECT_EQ(children.count("worker"), 2u);
    EXPECT_EQ(project.state(), Project::State::open);
}

TEST_F(ProjectTest, told_to_stop_again_forgets_that_it_was_to_start) {
    run_first();
    std::vector<std::string> told;
    project.stop(/*clients_are_gone=*/true, [&] { told.emplace_back("stopped"); });
    project.start([&](const Result<void>& result) { told.emplace_back(result ? "started" : result.error().message); });
    project.stop(/*clients_are_gone=*/true, [&] { told.emplace_back("stopped again"); });
    worker().exits();

    EXPECT_THAT(told, ElementsAre("project chat was stopped", "stopped", "stopped again"));
    EXPECT_EQ(children.count("worker"), 1u);
}

TEST_F(ProjectTest, told_to_start_while_it_starts_answers_everybody) {
    deploy("one");
    std::string started;
    project.start([&](const Result<void>& result) { started = result ? "ok" : result.error().message; });
    EXPECT_EQ(started, "");
    comes_up(worker());

    EXPECT_EQ(started, "ok");
    EXPECT_THAT(outcomes, ElementsAre("ok"));
    EXPECT_EQ(children.count("worker"), 1u);
}

TEST_F(ProjectTest, stopped_while_it_is_deployed_lets_go_of_the_new_one_too) {
    run_first("one");
    deploy("two");
    int stopped = 0;
    project.stop(/*clients_are_gone=*/true, [&] { ++stopped; });
    EXPECT_THAT(outcomes, ElementsAre("project chat was stopped"));
    for (const std::size_t index : {0u, 1u}) {
        EXPECT_EQ(worker(index)->got("stop"), 1u);
        worker(index)->exits();
    }

    EXPECT_EQ(stopped, 1);
}

TEST_F(ProjectTest, is_linked_to_a_new_gateway_with_new_lanes_and_keeps_running) {
    run_first();
    const json run = announced()["generation"];
    gate().dies(SIGSEGV);
    timers.pass(0ms);
    gate().says("ready");

    EXPECT_EQ(worker().got("relink"), 1u);
    EXPECT_EQ(worker().fds.back(), 2u);
    EXPECT_EQ(announced()["generation"], run);
    EXPECT_EQ(gate().fds.back(), 2u);
    EXPECT_EQ(children.count("worker"), 1u);
}

TEST_F(ProjectTest, finishes_a_retirement_when_the_gateway_dies) {
    run_first();
    deploy("two");
    loads(*worker(1));
    worker(0)->says("paused");
    worker(1)->says("started");

    gate().dies(SIGSEGV);

    EXPECT_EQ(worker(0)->got("stop"), 1u);
}

TEST_F(ProjectTest, ends_a_worker_that_broke_the_rules_of_its_link) {
    run_first();
    project.violated(1, "a record of 0 bytes");
    EXPECT_THAT(worker().signals, ElementsAre(SIGABRT));
    worker().dies(SIGABRT);

    EXPECT_EQ(project.facts().crashes, 1u);
    EXPECT_EQ(project.facts().last_error,
              "project chat: its process broke the rules of its link (a record of 0 bytes), ended by SIGABRT (aborted)");
    timers.pass(0ms);
    EXPECT_EQ(children.count("worker"), 2u);
}

class ProjectInGateway : public ProjectTest {
protected:
    static config::Project settings_in_gateway() {
        config::Project settings;
        settings.isolation = config::Isolation::none;
        return settings;
    }
    void deploy_inside(const std::string& content) {
        inside.deploy(library(content), false, [this](const Result<void>& done) {
            outcomes.push_back(done ? "ok" : done.error().message);
        });
    }
    Project inside{"inside", settings_in_gateway(), surroundings};
};

TEST_F(ProjectInGateway, is_loaded_on_trial_in_a_process_of_its_own_with_an_empty_data_directory) {
    deploy_inside("one");
    ASSERT_EQ(children.count("worker"), 1u);
    EXPECT_EQ(worker(0)->last("init")["data_directory"], "/state/.rehearsal-inside");
    EXPECT_EQ(worker(0)->fds.front(), 3u) << "with lanes: a process of its own";
    loads(*worker(0));
    EXPECT_EQ(worker(0)->got("start"), 0u);
    EXPECT_EQ(worker(0)->got("stop"), 1u);
    worker(0)->says("stopped");
    worker(0)->exits();
    timers.pass(0ms);

    ASSERT_EQ(children.count("worker"), 2u);
    EXPECT_EQ(worker(1)->last("init")["data_directory"], "/state/inside");
    EXPECT_EQ(worker(1)->fds.front(), 1u) << "the slot table alone";
    comes_up(*worker(1));
    EXPECT_THAT(outcomes, ElementsAre("ok"));
}

TEST_F(ProjectInGateway, never_reaches_the_gateway_with_a_library_that_kills_who_loads_it) {
    deploy_inside("one");
    worker(0)->dies(SIGSEGV);
    timers.pass(0ms);

    EXPECT_THAT(outcomes, ElementsAre("project inside: chat.so: its process ended by SIGSEGV (segmentation fault)"));
    EXPECT_EQ(children.count("worker"), 1u);
    EXPECT_EQ(inside.state(), Project::State::failed);
}

TEST_F(ProjectInGateway, lets_the_real_load_say_what_is_wrong) {
    deploy_inside("one");
    worker(0)->says(json{{"type", "failed"}, {"message", "there is no licence in the data directory"}});
    worker(0)->exits(1);
    timers.pass(0ms);

    ASSERT_EQ(children.count("worker"), 2u);
    comes_up(*worker(1));
    EXPECT_THAT(outcomes, ElementsAre("ok"));
}

TEST_F(ProjectInGateway, is_not_tried_again_for_a_restart) {
    deploy_inside("one");
    loads(*worker(0));
    worker(0)->says("stopped");
    worker(0)->exits();
    timers.pass(0ms);
    comes_up(*worker(1));
    worker(1)->dies(SIGSEGV);
    timers.pass(0ms);

    ASSERT_EQ(children.count("worker"), 3u);
    EXPECT_EQ(worker(2)->last("init")["data_directory"], "/state/inside");
}

TEST_F(ProjectTest, tries_again_when_no_process_can_be_started) {
    run_first();
    worker().dies(SIGSEGV);
    children.next_failure = "start a process: Resource temporarily unavailable";
    timers.pass(0ms);
    EXPECT_EQ(children.count("worker"), 1u);

    timers.pass(100ms);

    EXPECT_EQ(children.count("worker"), 2u);
}

}  // namespace
}  // namespace berth::host::supervisor
