// SPDX-License-Identifier: MIT
// SEMANTICS: five events, global service; the interval. DECISIONS: overrun, first run.
#include <thread>

#include "unit/worker/worker_fixture.hpp"
#include "worker/pace.hpp"

namespace berth::host::worker::test {

using std::chrono::seconds;

TEST(Pace, ticks_form_a_grid_from_start_to_start) {
    Pace pace{seconds(10)};
    const TimePoint zero{};
    pace.restart(zero);
    ASSERT_TRUE(pace.is_due(zero));

    pace.begin(zero);
    pace.end(zero + seconds(3));

    EXPECT_EQ(pace.due(), zero + seconds(10));
    EXPECT_EQ(pace.missed(), 0u);
}

TEST(Pace, a_run_of_13_s_at_10_s_misses_one_tick_and_the_next_is_at_20_s) {
    Pace pace{seconds(10)};
    const TimePoint zero{};
    pace.restart(zero);

    pace.begin(zero);
    pace.end(zero + seconds(13));

    EXPECT_EQ(pace.due(), zero + seconds(20));
    EXPECT_EQ(pace.missed(), 1u);
}

TEST(Pace, missed_ticks_are_counted_and_never_made_up_for) {
    Pace pace{seconds(10)};
    const TimePoint zero{};
    pace.restart(zero);

    pace.begin(zero);
    pace.end(zero + seconds(45));
    EXPECT_EQ(pace.due(), zero + seconds(50));
    EXPECT_EQ(pace.missed(), 4u);
    pace.begin(zero + seconds(50));
    pace.end(zero + seconds(51));

    EXPECT_EQ(pace.due(), zero + seconds(60));
    EXPECT_EQ(pace.missed(), 4u);
}

TEST(Pace, a_run_that_ends_on_a_tick_misses_none) {
    Pace pace{seconds(10)};
    const TimePoint zero{};
    pace.restart(zero);

    pace.begin(zero);
    pace.end(zero + seconds(10));

    EXPECT_EQ(pace.due(), zero + seconds(10));
    EXPECT_EQ(pace.missed(), 0u);
}

TEST(Pace, a_late_run_stands_for_the_last_tick_that_passed_and_keeps_the_grid) {
    Pace pace{seconds(10)};
    const TimePoint zero{};
    pace.restart(zero);
    pace.begin(zero);
    pace.end(zero);

    pace.begin(zero + seconds(33));  // A procedure kept the context from 9 to 33: 10 and 20 are missed.
    pace.end(zero + seconds(34));

    EXPECT_EQ(pace.missed(), 2u);
    EXPECT_EQ(pace.due(), zero + seconds(40));
}

TEST(Pace, interval_0_is_always_due) {
    Pace pace{seconds(0)};
    const TimePoint zero{};
    pace.restart(zero);

    pace.begin(zero);
    pace.end(zero + seconds(5));

    EXPECT_TRUE(pace.is_due(zero + seconds(5)));
    EXPECT_EQ(pace.missed(), 0u);
}

class GlobalService : public WorkerTest {};

TEST_F(GlobalService, its_first_run_is_over_before_the_project_counts_as_started) {
    set("service.wait", gate("go"));
    make();
    ASSERT_TRUE(load());
    std::promise<Result<Outcome>> promise;
    auto started = promise.get_future();

    worker().start([&](Result<Outcome> result) { promise.set_value(std::move(result)); });
    ASSERT_TRUE(log.sees("run"));
    EXPECT_TRUE(worker().service_figures().is_running);
    EXPECT_EQ(started.wait_for(seconds(0)), std::future_status::timeout);
    open_gate("go");

    EXPECT_TRUE(started.get());
    EXPECT_EQ(worker().service_figures().runs, 1u);
}

TEST_F(GlobalService, the_annotation_gives_the_interval_and_the_configuration_overrides_it) {
    make();
    EXPECT_EQ(load()->interval, std::chrono::hours(1));

    settings.interval = Milliseconds(250);
    make();
    EXPECT_EQ(load()->interval, Milliseconds(250));
    EXPECT_TRUE(start_service());
    EXPECT_EQ(worker().service_figures().interval, Milliseconds(250));
    EXPECT_TRUE(log.sees("run", 3));
}

TEST_F(GlobalService, is_looped_at_its_interval) {
    settings.interval = Milliseconds(5);
    start();

    EXPECT_TRUE(log.sees("run", 10));
    EXPECT_GE(worker().service_figures().runs, 9u);
}

TEST_F(GlobalService, a_run_that_overstays_its_interval_is_never_overlapped_and_missed_ticks_are_counted) {
    settings.interval = Milliseconds(5);
    set("service.sleep_ms", std::int64_t{12});
    start();

    ASSERT_TRUE(log.sees("run", 5));

    const ServiceFigures figures = worker().service_figures();
    EXPECT_GE(figures.missed, 2 * (figures.runs - 1));
    EXPECT_GE(figures.last_ms, 12);
}

TEST_F(GlobalService, procedures_run_at_once_while_it_is_idle) {
    start();  // The interval is an hour.
    const ClientId ana = gateway().connect();

    EXPECT_EQ(ask(ana, "exec 0 report c:" + id(ana)), "status 0");
    EXPECT_EQ(gateway().hears(ana), "reported 1");
    EXPECT_EQ(worker().service_figures().runs, 1u);
}

TEST_F(GlobalService, with_interval_0_procedures_run_between_two_runs_and_nobody_starves) {
    settings.interval = Milliseconds(0);
    start();
    const ClientId ana = gateway().connect();

    for (int i = 1; i <= 100; ++i) {
        ASSERT_EQ(ask(ana, "exec 0 report c:" + id(ana)), "status 0");
        ASSERT_EQ(gateway().hears(ana), "reported " + std::to_string(i));
    }
    const std::uint64_t runs = worker().service_figures().runs;
    EXPECT_GE(runs, 100u);
    EXPECT_TRUE(berth::test::eventually([&] { return worker().service_figures().runs > runs; }));
}

TEST_F(GlobalService, with_interval_0_a_flood_of_procedures_does_not_keep_it_from_running) {
    settings.interval = Milliseconds(0);
    start();
    std::vector<ClientId> clients;
    for (int i = 0; i < 4; ++i) clients.push_back(gateway().connect());
    const std::uint64_t before = worker().service_figures().runs;

    for (int i = 0; i < 200; ++i) {
        for (const ClientId client : clients) gateway().says(client, "exec 0 add i:1");
    }
    for (const ClientId client : clients) {
        for (int i = 0; i < 200; ++i) ASSERT_EQ(gateway().hears(client), "status 0");
    }

    EXPECT_TRUE(berth::test::eventually([&] { return worker().service_figures().runs > before + 5; }));
}

TEST_F(GlobalService, procedures_wait_for_a_run_that_is_under_way) {
    start();
    const ClientId ana = gateway().connect();
    ASSERT_EQ(ask(ana, "exec 0 wait t:" + gate("go")), "status 0");

    EXPECT_EQ(ask(ana, "exec 0 report c:" + id(ana)), "status 0");
    EXPECT_EQ(ask(ana, "reply meanwhile"), "meanwhile");
    open_gate("go");

    EXPECT_EQ(gateway().hears(ana), "reported 1");
}

TEST_F(GlobalService, run_by_command_runs_it_now_and_does_not_move_the_grid) {
    start();
    const std::int64_t next = worker().service_figures().next_ms;

    const Outcome outcome = run_service();

    EXPECT_EQ(outcome.status, BERTH_OK);
    EXPECT_EQ(worker().service_figures().runs, 2u);
    EXPECT_EQ(log.count("run"), 2u);
    EXPECT_LE(worker().service_figures().next_ms, next);
    EXPECT_GT(worker().service_figures().next_ms, 3'000'000);
}

TEST_F(GlobalService, a_failing_run_is_logged_and_it_goes_on_at_its_next_interval) {
    settings.interval = Milliseconds(5);
    set("service.fail", true);
    start();

    EXPECT_TRUE(log.sees("run", 3));
    EXPECT_TRUE(log.sees("event failed", 2));
    EXPECT_EQ(log.lines("event failed").at(0).error, "the service says no");
    const Outcome outcome = run_service();
    EXPECT_EQ(outcome.status, BERTH_FAILED);
    EXPECT_EQ(outcome.message, "the service says no");
}

TEST_F(GlobalService, paused_it_is_not_paced_but_its_procedures_run_and_resume_paces_it_again) {
    settings.interval = Milliseconds(5);
    start();
    const ClientId ana = gateway().connect();
    ASSERT_TRUE(log.sees("run", 2));

    ASSERT_TRUE(pause());
    const std::uint64_t runs = worker().service_figures().runs;
    EXPECT_EQ(worker().service_figures().next_ms, -1);
    EXPECT_EQ(ask(ana, "exec 0 report c:" + id(ana)), "status 0");
    EXPECT_EQ(gateway().hears(ana), "reported 1");
    EXPECT_EQ(ask(ana, "sleep 30\nreply later"), "later");
    EXPECT_EQ(worker().service_figures().runs, runs);

    worker().resume();
    EXPECT_TRUE(berth::test::eventually([&] { return worker().service_figures().runs > runs + 2; }));
    EXPECT_EQ(log.count("create", "0"), 1u);
}

TEST_F(GlobalService, has_no_run_of_its_own_when_it_goes_on_after_a_pause) {
    settings.interval = std::chrono::hours(1);
    start();
    ASSERT_TRUE(pause());
    worker().resume();
    ASSERT_TRUE(berth::test::eventually([&] { return worker().service_figures().next_ms > 0; }));
    EXPECT_EQ(worker().service_figures().runs, 1u);
}

TEST_F(GlobalService, pause_is_answered_when_no_run_is_under_way) {
    settings.interval = Milliseconds(0);
    set("service.sleep_ms", std::int64_t{5});
    start();

    ASSERT_TRUE(pause());

    EXPECT_FALSE(worker().service_figures().is_running);
}

TEST_F(GlobalService, its_inbox_takes_more_than_a_clients_and_then_says_so) {
    settings.limits.service_inbox_events = 8;
    start();
    const ClientId ana = gateway().connect();
    ASSERT_EQ(ask(ana, "exec 0 wait t:" + gate("go")), "status 0");

    for (int i = 0; i < 7; ++i) EXPECT_EQ(ask(ana, "exec 0 add i:1"), "status 0") << i;
    EXPECT_EQ(ask(ana, "exec 0 add i:1"), "status 3");
    open_gate("go");

    EXPECT_TRUE(berth::test::eventually([&] { return ask(ana, "exec 0 add i:1") == "status 0"; }));
}

TEST_F(GlobalService, a_context_that_cannot_be_made_keeps_the_project_from_starting) {
    settings.library = project_file("wrong-failing_create");
    make();
    ASSERT_TRUE(load());

    const auto started = start_service();

    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().message,
              "project puppet: the global service's context could not be made: no memory for globals");
}

}  // namespace berth::host::worker::test
