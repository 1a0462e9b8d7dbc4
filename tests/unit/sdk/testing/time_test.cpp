// SPDX-License-Identifier: MIT
// Virtual time: the grid of the global service, and who runs when.
#include <thread>

#include "unit/sdk/testing/talker.hpp"

namespace berth::test {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

namespace {

std::vector<std::chrono::milliseconds> starts(const TestHost& host) {
    std::vector<std::chrono::milliseconds> starts;
    for (const auto& run : host.runs()) {
        if (run.event == TestEvent::global_service) starts.push_back(run.begun);
    }
    return starts;
}

/// Counts the runs of a loop without pause.
class Restless final : public berth::Project {
public:
    using Project::Project;
    static constexpr berth::Manifest manifest{.global_service = "<interval=0>"};
    void global_service() override { ++runs_; }
    void message(berth::ClientId from, berth::Message) override { execute_global<Count>(from); }
    void count(berth::ClientId from) { send(from, std::to_string(runs_)); }
    using Count = berth::Procedure<"count", &Restless::count>;
    using procedures = berth::Procedures<Count>;

private:
    int runs_ = 0;
};

/// A thread of the project's own sends until it is told to end.
class Threaded final : public berth::Project {
public:
    using Project::Project;
    class Shared {
    public:
        explicit Shared(berth::Host host) : thread_([this, host] {
            while (!ends_) {
                host.send(host.clients(), "from my thread");
                std::this_thread::sleep_for(1ms);
            }
        }) {}
        ~Shared() {
            ends_ = true;
            thread_.join();
        }

    private:
        std::atomic<bool> ends_{false};
        std::thread thread_;
    };
};

}  // namespace

TEST(TestingTime, stands_still_until_it_is_moved) {
    auto host = TestHost::of<Talker>();
    EXPECT_THAT(starts(host), ElementsAre(0ms)) << "the first run comes with the start";

    host.advance("19 s 999 ms");
    EXPECT_EQ(host.count(TestEvent::global_service), 1u);
    host.advance(1ms);

    EXPECT_THAT(starts(host), ElementsAre(0ms, 20s));
    EXPECT_EQ(host.now(), 20s);
}

TEST(TestingTime, runs_every_tick_that_passes_at_its_time) {
    auto host = TestHost::of<Talker>({.interval = 10s});
    auto ana = host.connect();

    host.advance("35 s");

    EXPECT_THAT(starts(host), ElementsAre(0s, 10s, 20s, 30s));
    EXPECT_THAT(ana.heard(), ElementsAre("tick 2", "tick 3", "tick 4"));
    EXPECT_EQ(host.service().next, 5s);
}

TEST(TestingTime, a_run_that_overstays_misses_ticks_and_keeps_the_grid) {
    auto host = TestHost::of<Talker>({.interval = 10s});

    host.takes(TestEvent::global_service, 13s);
    host.advance("30 s");

    EXPECT_THAT(starts(host), ElementsAre(0s, 10s, 30s));
    EXPECT_EQ(host.service().missed, 1u);
}

TEST(TestingTime, a_run_by_command_does_not_move_the_grid) {
    auto host = TestHost::of<Talker>();
    host.advance("5 s");

    EXPECT_TRUE(host.run_global_service().is_ok());
    host.advance("15 s");

    EXPECT_THAT(starts(host), ElementsAre(0s, 5s, 20s));
}

TEST(TestingTime, a_failing_run_is_logged_and_the_next_comes_as_usual) {
    auto host = TestHost::of<Talker>({.settings = {{"tick_fails", true}}});

    host.advance("40 s");

    EXPECT_EQ(host.count(TestEvent::global_service), 3u);
    EXPECT_EQ(host.failures().size(), 3u);
}

TEST(TestingTime, without_an_interval_procedures_are_served_between_two_runs) {
    auto host = TestHost::of<Restless>();
    auto ana = host.connect();

    host.advance("10 ms");
    ana.says("count");
    const int runs = std::stoi(ana.hears());

    EXPECT_GE(runs, 10);
    EXPECT_LE(runs, 15);
}

TEST(TestingTime, what_is_held_back_runs_in_order_at_the_end_or_step_by_step) {
    auto host = TestHost::of<Talker>();
    auto ana = host.connect(), ben = host.connect();
    {
        const auto hold = host.hold();
        ana.says("one");
        ben.says("two");
        EXPECT_EQ(ana.waiting() + ben.waiting(), 0u);

        EXPECT_TRUE(host.step());
        EXPECT_EQ(host.count(TestEvent::message), 1u);
    }
    EXPECT_EQ(ana.hears(), "one");
    EXPECT_EQ(ben.hears(), "two");
}

TEST(TestingTime, a_client_that_goes_first_drops_what_was_for_it) {
    auto host = TestHost::of<Talker>();
    auto ana = host.connect(), ben = host.connect();
    {
        const auto hold = host.hold();
        ana.says("all hello");
        ben.leaves();
    }
    EXPECT_EQ(host.executed("hear").size(), 1u);
}

TEST(TestingTime, waits_for_threads_of_the_projects_own) {
    auto host = TestHost::of<Threaded>();
    auto ana = host.connect();

    EXPECT_TRUE(host.eventually([&] { return ana.waiting() > 0; }));
    EXPECT_EQ(ana.hears(), "from my thread");
}

}  // namespace berth::test
