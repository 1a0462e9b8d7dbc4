// SPDX-License-Identifier: MIT
// What a project asks of the gateway for its clients when a process ends before them.
#include <csignal>

#include "project_fixture.hpp"

namespace berth::host::supervisor {
namespace {

using ProjectSurvival = ProjectTest;

const json stateless{{"flags", "2"}};
const json resuming{{"flags", "0"}, {"resumes", true}};

TEST_F(ProjectSurvival, is_told_to_the_gateway_with_its_lanes) {
    deploy("one");
    loads(worker(), {{"flags", "6"}});
    worker().says("started");

    EXPECT_EQ(announced()["survival"], "stateless");
    EXPECT_EQ(announced()["repeatable"], true);
    EXPECT_EQ(announced()["limits"]["resume_ms"], 10'000);
}

TEST_F(ProjectSurvival, with_what_was_saved_is_more_than_without) {
    deploy("one");
    loads(worker(), {{"flags", "2"}, {"resumes", true}});
    worker().says("started");

    EXPECT_EQ(announced()["survival"], "resumes");
}

TEST_F(ProjectSurvival, lets_newcomers_wait_between_two_processes_only) {
    deploy("one");
    EXPECT_EQ(announced()["waits"], false) << "nothing has ever run";
    comes_up(worker());

    worker().dies(SIGSEGV);

    EXPECT_EQ(announced()["state"], "starting");
    EXPECT_EQ(announced()["waits"], true);
}

TEST_F(ProjectSurvival, hands_clients_over_when_both_versions_know_how) {
    deploy("one");
    loads(*worker(0), stateless);
    worker(0)->says("started");
    deploy("two");
    loads(*worker(1), resuming);
    worker(0)->says("paused");
    worker(1)->says("started");

    EXPECT_EQ(gate().last("retire")["hands_over"], true);
}

TEST_F(ProjectSurvival, is_no_matter_of_one_version_alone) {
    deploy("one");
    loads(*worker(0), stateless);
    worker(0)->says("started");
    deploy("two");
    loads(*worker(1));
    worker(0)->says("paused");
    worker(1)->says("started");

    EXPECT_EQ(gate().last("retire")["hands_over"], false);
    EXPECT_EQ(gate().last("retire")["after_ms"], 600'000);
}

TEST_F(ProjectSurvival, ends_an_old_version_whose_clients_do_not_leave_after_the_drain_limit) {
    run_first();
    deploy("two");
    loads(*worker(1));
    worker(0)->says("paused");
    worker(1)->says("started");

    pass_alive(10min);
    EXPECT_EQ(worker(0)->got("stop"), 0u);
    pass_alive(31s);

    EXPECT_EQ(worker(0)->got("stop"), 1u);
}

TEST_F(ProjectSurvival, never_keeps_more_than_three_versions_beside_the_running_one) {
    run_first("0");
    for (int i = 1; i <= 5; ++i) {
        deploy(std::to_string(i));
        test::FakeProcess& next = worker();
        loads(next);
        worker(static_cast<std::size_t>(i - 1))->says("paused");
        next.says("started");
    }

    const auto is_closed = [&](std::size_t index) {
        for (const json& message : gate().received) {
            if (message["type"] == "retire" && message["after_ms"] == 0 &&
                message["generation"] == worker(index)->last("init")["run"]) return true;
        }
        return false;
    };
    EXPECT_TRUE(is_closed(0));
    EXPECT_TRUE(is_closed(1));
    EXPECT_FALSE(is_closed(2));
}

TEST_F(ProjectSurvival, closes_draining_versions_too_when_the_project_is_stopped) {
    run_first();
    const json first_run = announced()["generation"];
    deploy("two");
    loads(*worker(1));
    worker(0)->says("paused");
    worker(1)->says("started");

    project.stop(/*clients_are_gone=*/false, [] {});

    std::size_t stops = 0;
    for (const json& message : gate().received) {
        if (message["type"] == "retire" && message["code"] == 1001) ++stops;
    }
    EXPECT_EQ(stops, 2u);
}

class ExclusiveProject : public ProjectTest {
protected:
    static Library exclusive(const std::string& content) {
        Library made = library(content);
        made.manifest["flags"] = "8";
        return made;
    }
    void deploy(const std::string& content) {
        project.deploy(exclusive(content), false, [this](const Result<void>& done) {
            outcomes.push_back(done ? "ok" : done.error().message);
        });
    }
    /// One whose clients survive runs; answers its run.
    json run_survivor() {
        deploy("one");
        loads(worker(), stateless);
        worker().says("started");
        return announced()["generation"];
    }
    void suspended(const json& run) { gate().says(json{{"type", "suspended"}, {"project", "chat"}, {"generation", run}}); }
    void ends(test::FakeProcess& process) {
        process.says("stopped");
        process.exits();
    }
};

TEST_F(ExclusiveProject, begins_a_new_version_when_the_old_one_has_ended) {
    deploy("one");
    comes_up(worker());
    const json first_run = announced()["generation"];

    deploy("two");

    EXPECT_EQ(children.count("worker"), 1u);
    EXPECT_EQ(announced()["state"], "starting");
    EXPECT_EQ(gate().last("retire")["after_ms"], 0);
    retired(first_run);
    worker(0)->says("stopped");
    EXPECT_EQ(children.count("worker"), 1u);
    worker(0)->exits();
    ASSERT_EQ(children.count("worker"), 2u);
    comes_up(*worker(1));
    EXPECT_EQ(announced()["state"], "open");
    EXPECT_THAT(outcomes, ElementsAre("ok", "ok"));
}

TEST_F(ExclusiveProject, goes_back_to_the_old_version_when_the_new_one_does_not_load) {
    deploy("one");
    comes_up(worker());
    const json first_run = announced()["generation"];
    deploy("two");
    retired(first_run);
    worker(0)->says("stopped");
    worker(0)->exits();

    worker(1)->says(json{{"type", "failed"}, {"message", "no"}});
    timers.pass(1ms);
    EXPECT_EQ(children.count("worker"), 2u) << "the new one has not ended yet";
    worker(1)->exits(1);

    ASSERT_EQ(children.count("worker"), 3u);
    EXPECT_EQ(worker(2)->last("init")["library"], "/nowhere/staging/one/chat.so");
}

TEST_F(ExclusiveProject, has_its_clients_wait_for_the_end_of_the_old_version_where_they_survive) {
    const json first_run = run_survivor();

    deploy("two");

    EXPECT_EQ(worker(0)->got("pause"), 1u);
    EXPECT_EQ(announced()["state"], "open") << "it serves them while its global service runs";
    EXPECT_EQ(gate().got("retire"), 0u);
    worker(0)->says("paused");
    EXPECT_EQ(announced()["state"], "starting");
    EXPECT_EQ(announced()["waits"], true);
    EXPECT_EQ(gate().last("retire")["suspends"], true);
    EXPECT_EQ(worker(0)->last("others")["alive"], true) << "whom it has let go of are still there";
    EXPECT_EQ(worker(0)->got("stop"), 0u);
    suspended(first_run);
    EXPECT_EQ(worker(0)->got("stop"), 1u);
    EXPECT_EQ(children.count("worker"), 1u);
    ends(*worker(0));
    EXPECT_EQ(gate().last("lost")["generation"], first_run);
    ASSERT_EQ(children.count("worker"), 2u);
    loads(*worker(1), stateless);
    worker(1)->says("started");
    EXPECT_EQ(announced()["state"], "open");
    EXPECT_THAT(outcomes, ElementsAre("ok", "ok"));
}

TEST_F(ExclusiveProject, does_the_same_when_it_is_renewed) {
    run_survivor();

    project.renew([this](const Result<void>& done) { outcomes.push_back(done ? "renewed" : done.error().message); });
    worker(0)->says("paused");

    EXPECT_EQ(gate().last("retire")["suspends"], true);
}

TEST_F(ExclusiveProject, goes_back_to_the_old_version_with_the_clients_that_wait) {
    const json first_run = run_survivor();
    deploy("two");
    worker(0)->says("paused");
    suspended(first_run);
    ends(*worker(0));
    worker(1)->says(json{{"type", "failed"}, {"message", "no"}});
    EXPECT_EQ(announced()["state"], "starting") << "so nobody is closed";
    EXPECT_EQ(announced()["waits"], true);
    worker(1)->exits(1);
    timers.pass(1ms);

    ASSERT_EQ(children.count("worker"), 3u);
    EXPECT_EQ(worker(2)->last("init")["library"], "/nowhere/staging/one/chat.so");
    loads(*worker(2), stateless);
    worker(2)->says("started");

    EXPECT_EQ(announced()["state"], "open");
    ASSERT_EQ(outcomes.size(), 2u);
    EXPECT_EQ(outcomes[1], "project chat: chat.so: no");
}

TEST_F(ExclusiveProject, ends_an_old_version_that_does_not_let_go_of_its_clients) {
    run_survivor();
    deploy("two");
    worker(0)->says("paused");

    pass_alive(10s);

    EXPECT_EQ(worker(0)->got("stop"), 1u);
}

TEST_F(ExclusiveProject, ends_an_old_version_whose_global_service_does_not_end) {
    const json first_run = run_survivor();
    deploy("two");

    pass_alive(30s);

    EXPECT_EQ(gate().last("retire")["suspends"], true);
    suspended(first_run);
    EXPECT_EQ(worker(0)->got("stop"), 1u);
}

TEST_F(ExclusiveProject, begins_a_new_version_when_the_old_one_dies_before_it_has_let_go) {
    const json first_run = run_survivor();
    deploy("two");

    worker(0)->dies(SIGSEGV);

    EXPECT_EQ(gate().got("retire"), 0u);
    EXPECT_EQ(gate().last("lost")["generation"], first_run);
    ASSERT_EQ(children.count("worker"), 2u);
    loads(*worker(1), stateless);
    worker(1)->says("started");
    EXPECT_THAT(outcomes, ElementsAre("ok", "ok"));
}

TEST_F(ExclusiveProject, begins_a_new_version_when_the_old_one_dies_while_it_lets_go) {
    const json first_run = run_survivor();
    deploy("two");
    worker(0)->says("paused");

    worker(0)->dies(SIGSEGV);

    EXPECT_EQ(gate().last("lost")["generation"], first_run);
    EXPECT_EQ(children.count("worker"), 2u);
}

TEST_F(ExclusiveProject, that_is_stopped_meanwhile_closes_those_who_wait) {
    const json first_run = run_survivor();
    deploy("two");
    worker(0)->says("paused");
    suspended(first_run);

    bool is_stopped = false;
    project.stop(/*clients_are_gone=*/false, [&] { is_stopped = true; });

    EXPECT_EQ(gate().last("retire")["code"], 1001);
    EXPECT_EQ(gate().last("retire")["suspends"], false);
    retired(first_run);
    ends(*worker(0));
    EXPECT_TRUE(is_stopped);
    EXPECT_EQ(children.count("worker"), 1u);
}

TEST_F(ExclusiveProject, that_is_stopped_before_its_clients_wait_closes_them) {
    const json first_run = run_survivor();
    deploy("two");

    project.stop(/*clients_are_gone=*/false, [] {});
    EXPECT_EQ(gate().last("retire")["code"], 1001);
    worker(0)->says("paused");

    EXPECT_EQ(gate().got("retire"), 1u);
    retired(first_run);
    EXPECT_EQ(worker(0)->got("stop"), 1u);
}

class RollBack : public ProjectTest {
protected:
    void run_two() {
        run_first("one");
        deploy("two");
        loads(*worker(1));
        worker(0)->says("paused");
        worker(1)->says("started");
        outcomes.clear();
    }
    /// The newest worker is restarted after a death.
    void dies_and_comes_back() {
        worker().dies(SIGSEGV);
        timers.pass(1s);
        comes_up(worker());
    }
    json runs() { return worker().last("init")["library"]; }
};

TEST_F(RollBack, comes_by_itself_when_a_new_version_dies_twice_at_once) {
    run_two();
    dies_and_comes_back();
    EXPECT_EQ(runs(), "/nowhere/staging/two/chat.so");

    worker().dies(SIGSEGV);

    EXPECT_EQ(runs(), "/nowhere/staging/one/chat.so");
    comes_up(worker());
    EXPECT_EQ(project.state(), Project::State::open);
    EXPECT_TRUE(project.earlier().all().empty()) << "what failed is not kept";
    EXPECT_EQ(project.facts().generation, 3u);
}

TEST_F(RollBack, does_not_come_for_deaths_that_clients_cause) {
    run_two();
    for (int i = 0; i < 3; ++i) {
        worker().runs(ClientId{5}, SIGSEGV);
        dies_and_comes_back();
    }
    EXPECT_EQ(runs(), "/nowhere/staging/two/chat.so");

    dies_and_comes_back();
    EXPECT_EQ(runs(), "/nowhere/staging/two/chat.so") << "the first one of its own";
    worker().dies(SIGSEGV);

    EXPECT_EQ(runs(), "/nowhere/staging/one/chat.so");
}

TEST_F(RollBack, does_not_come_for_a_version_that_has_run_for_a_while) {
    run_two();
    pass_alive(11s);
    dies_and_comes_back();
    dies_and_comes_back();

    EXPECT_EQ(runs(), "/nowhere/staging/two/chat.so");
}

TEST_F(RollBack, is_not_undone_by_a_process_that_is_renewed) {
    run_two();
    project.roll_back([this](const Result<void>& done) { outcomes.push_back(done ? "back" : done.error().message); });
    loads(worker());
    worker(1)->says("paused");
    worker().says("started");
    ASSERT_EQ(runs(), "/nowhere/staging/one/chat.so");

    project.renew([this](const Result<void>& done) { outcomes.push_back(done ? "renewed" : done.error().message); });
    project.renew([this](const Result<void>& done) { outcomes.push_back(done ? "twice" : done.error().message); });
    loads(worker());
    worker(2)->says("paused");
    worker().says("started");

    EXPECT_EQ(runs(), "/nowhere/staging/one/chat.so");
    EXPECT_TRUE(project.earlier().has_gone_back());
    EXPECT_THAT(outcomes, ElementsAre("back", "project chat: another process is being made ready", "renewed"));
}

TEST_F(RollBack, can_be_asked_for_and_goes_further_back_each_time) {
    run_two();
    deploy("three");
    loads(worker());
    worker(1)->says("paused");
    worker().says("started");
    const auto back = [&] {
        const auto old = children.all("worker").back();
        project.roll_back([this](const Result<void>& done) { outcomes.push_back(done ? "back" : done.error().message); });
        loads(worker());
        old->says("paused");
        worker().says("started");
        return runs();
    };
    outcomes.clear();

    EXPECT_EQ(back(), "/nowhere/staging/two/chat.so");
    EXPECT_EQ(back(), "/nowhere/staging/one/chat.so");
    project.roll_back([this](const Result<void>& done) { outcomes.push_back(done ? "back" : done.error().message); });

    EXPECT_THAT(outcomes, ElementsAre("back", "back", "project chat has no version before this one; `berth deploy FILE` brings another"));
}

}  // namespace
}  // namespace berth::host::supervisor
