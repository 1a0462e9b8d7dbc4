// SPDX-License-Identifier: MIT
// A crash of a project that survives its workers cuts no client (DECISIONS §2).
#include <atomic>
#include <map>

#include "integration/gateway/survivors.hpp"

namespace berth::host::gateway::testing {

using test::RawClient;
using test::WsClient;

TEST_F(Survivors, of_a_crash_stay_connected_and_are_told_to_the_next_worker) {
    start(1);
    WsClient ana(endpoint, "/p/room?a=1");
    ana.says("before");
    EXPECT_EQ(ana.hears(), "before");
    dies();

    bring(next, 2);

    EXPECT_NE(next.heard("resumed 1 ").find("/p/room?a=1"), std::string::npos);
    EXPECT_EQ(next.count("opening "), 0u);
    ana.says("after");
    EXPECT_EQ(ana.hears(), "after");
    EXPECT_EQ(next.heard("message 1 "), "message 1 #2 text after");
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Survivors, of_a_crash_have_what_was_not_done_handled_once_and_in_order) {
    worker.on_message = [](link::ActionSink& to, ClientId client, std::uint64_t seq, auto, auto) {
        if (seq == 1) to.done(client, seq);
    };
    start(1);
    WsClient ana(endpoint, "/p");
    for (int i = 1; i <= 4; ++i) ana.says(std::to_string(i));
    worker.heard("message 1 #4");
    dies({{ClientId{1}, "message", 2, false}});

    bring(next, 2);

    EXPECT_EQ(ana.hears(), "3");
    EXPECT_EQ(ana.hears(), "4");
    EXPECT_NE(next.heard("resumed 1 ").find(" interrupted"), std::string::npos);
    EXPECT_EQ(next.count("message 1 "), 2u) << "1 was done, 2 was running";
}

TEST_F(Survivors, of_a_crash_whose_event_was_done_and_only_not_unmarked_are_not_told_that_it_was_cut_off) {
    start(1);
    WsClient ana(endpoint, "/p");
    ana.says("one");
    EXPECT_EQ(ana.hears(), "one");
    dies({{ClientId{1}, "message", 1, false}});

    bring(next, 2);

    const std::string resumed = next.heard("resumed 1 ");
    EXPECT_NE(resumed, "");
    EXPECT_EQ(resumed.find("interrupted"), std::string::npos);
}

TEST_F(Survivors, of_a_crash_have_what_was_running_handled_again_where_the_project_is_repeatable) {
    worker.on_message = keeps_silent;
    rules.repeatable = true;
    start(1);
    WsClient ana(endpoint, "/p");
    ana.says("again");
    worker.heard("message 1 #1");
    dies({{ClientId{1}, "message", 1, false}});

    bring(next, 2);

    EXPECT_EQ(ana.hears(), "again");
    EXPECT_EQ(next.heard("resumed 1 ").find(" interrupted"), std::string::npos);
}

TEST_F(Survivors, are_told_of_an_interruption_until_a_worker_has_handled_that_word) {
    worker.on_message = keeps_silent;
    next.resumes = false;
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    ana.says("cut off");
    ben.says("cut off");
    worker.heard("message 2 #1");
    dies({{ClientId{1}, "message", 1, false}, {ClientId{2}, "message", 1, false}});
    bring(next, 2);
    next.heard("resumed 2 ");
    next.say([](link::ActionSink& to) { to.done(ClientId{2}, 0); });

    ScriptedWorker third;
    dies_too(next, 2);
    bring(third, 3);

    EXPECT_NE(third.heard("resumed 1 ").find(" interrupted"), std::string::npos) << "the second worker died before it could";
    EXPECT_EQ(third.heard("resumed 2 ").find(" interrupted"), std::string::npos) << "it was told already";
}

TEST_F(Survivors, that_left_are_told_of_an_interruption_until_a_worker_has_handled_that_word) {
    worker.on_message = keeps_silent;
    worker.releases = next.resumes = next.releases = false;
    start(1);
    WsClient ana(endpoint, "/p");
    ana.says("cut off");
    worker.heard("message 1 #1");
    ana.closes();
    worker.heard("closed 1 ");
    dies({{ClientId{1}, "message", 1, false}});
    bring(next, 2);
    next.heard("closed 1 ");

    ScriptedWorker third;
    dies_too(next, 2);
    bring(third, 3);

    EXPECT_NE(third.heard("resumed 1 ").find(" interrupted"), std::string::npos);
}

TEST_F(Survivors, of_a_second_crash_do_not_have_the_same_event_handled_a_third_time) {
    worker.on_message = next.on_message = keeps_silent;
    worker.releases = next.releases = false;
    rules.repeatable = true;
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    ana.says("kills");
    ben.closes();
    worker.heard("message 1 #1");
    worker.heard("closed 2 ");
    dies({{ClientId{1}, "message", 1, false}, {ClientId{2}, "disconnection", 0, false}});
    bring(next, 2);
    EXPECT_EQ(next.heard("message 1 "), "message 1 #1 text kills");
    next.heard("closed 2 ");

    ScriptedWorker third;
    dies_too(next, 2, {{ClientId{1}, "message", 1, false}, {ClientId{2}, "disconnection", 0, false}});
    bring(third, 3);

    EXPECT_NE(third.heard("resumed 1 ").find(" interrupted"), std::string::npos);
    ana.says("goes on");
    EXPECT_EQ(ana.hears(), "goes on");
    EXPECT_EQ(third.count("message 1 "), 1u);
    EXPECT_EQ(third.count("resumed 2 "), 0u);
}

TEST_F(Survivors, that_two_deaths_in_a_row_kept_from_being_resumed_are_not_tried_again) {
    next.resumes = false;
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    dies();
    bring(next, 2);
    next.heard("resumed 1 ");
    dies_too(next, 2, {{ClientId{1}, "resumed", 0, false}, {ClientId{2}, "resumed", 0, false}});
    ScriptedWorker third, fourth;
    third.resumes = false;
    bring(third, 3);
    third.heard("resumed 1 ");

    dies_too(third, 3, {{ClientId{1}, "resumed", 0, false}});
    bring(fourth, 4);

    EXPECT_EQ(ana.closed().code, 1012u);
    EXPECT_EQ(fourth.heard("lost "), "lost 1");
    ben.says("here");
    EXPECT_EQ(ben.hears(), "here");
}

TEST_F(Survivors, of_a_crash_are_all_but_its_culprit) {
    worker.on_message = keeps_silent;
    start(1);
    WsClient ana(endpoint, "/p");
    WsClient ben(endpoint, "/p");
    ana.says("boom");
    ana.says("never");
    worker.heard("message 1 #2");
    dies({{ClientId{1}, "message", 1, true}});

    EXPECT_EQ(ana.closed().code, 1011u);
    bring(next, 2);

    ben.says("here");
    EXPECT_EQ(ben.hears(), "here");
    EXPECT_EQ(next.heard("closed 1 "), "closed 1 1011 8 an event of this client failed") << "its disconnection is due";
    EXPECT_EQ(next.count("message 1 "), 0u);
}

TEST_F(Survivors, have_the_last_words_of_their_worker_heard) {
    worker.on_message = keeps_silent;
    start(1);
    WsClient ana(endpoint, "/p");
    ana.says("one");
    ana.says("two");
    worker.heard("message 1 #2");
    worker.say([](link::ActionSink& to) {
        to.send(ClientId{1}, link::Kind::text, "done with one");
        to.saved(ClientId{1}, "state");
        to.done(ClientId{1}, 1);
    });
    dies();

    bring(next, 2);

    EXPECT_EQ(ana.hears(), "done with one");
    EXPECT_EQ(ana.hears(), "two");
    EXPECT_EQ(next.count("message 1 #1"), 0u);
    EXPECT_NE(next.heard("resumed 1 ").find("state=state"), std::string::npos);
}

TEST_F(Survivors, that_leave_while_there_is_no_worker_get_their_disconnection_from_the_next) {
    worker.on_message = keeps_silent;
    start(1);
    WsClient ana(endpoint, "/p");
    ana.says("last word");
    worker.heard("message 1 #1");
    dies();
    ana.raw().reset();
    while (clients().total != 0) std::this_thread::yield();

    bring(next, 2);

    EXPECT_EQ(next.heard("closed 1 ").substr(0, 13), "closed 1 1006");
    EXPECT_EQ(next.count("resumed 1 "), 1u);
    EXPECT_EQ(next.heard("message 1 "), "message 1 #1 text last word");
}

TEST_F(Survivors, whose_disconnection_was_under_way_do_not_get_another) {
    worker.releases = false;
    start(1);
    WsClient ana(endpoint, "/p");
    WsClient ben(endpoint, "/p");
    ana.closes();
    ben.closes();
    worker.heard("closed 1 ");
    worker.heard("closed 2 ");
    dies({{ClientId{1}, "disconnection", 0, false}});

    bring(next, 2);

    EXPECT_EQ(next.heard("closed 2 ").substr(0, 13), "closed 2 1000");
    settle();
    EXPECT_EQ(next.count("resumed 1 "), 0u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Survivors, without_a_worker_in_time_are_closed_with_1012) {
    rules.resume = Milliseconds(200);
    start(1);
    WsClient ana(endpoint, "/p");
    dies();

    EXPECT_EQ(ana.closed().code, 1012u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Survivors, of_a_project_that_has_failed_are_closed_with_1012) {
    start(1);
    WsClient ana(endpoint, "/p");
    dies();

    rules.state = ProjectState::failed;
    gateway->set_project(rules, 0, std::vector<UniqueFd>());

    EXPECT_EQ(ana.closed().code, 1012u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(Survivors, that_could_not_be_are_told_to_the_next_worker) {
    rules.survival = Survival::none;
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    dies({{ClientId{2}, "message", 1, true}});
    EXPECT_EQ(ana.closed().code, 1012u);
    EXPECT_EQ(ben.closed().code, 1011u);

    bring(next, 2);

    const std::string told = next.heard("lost ");
    EXPECT_TRUE(told == "lost 1 2" || told == "lost 2 1") << told;
}

TEST_F(Survivors, that_could_not_even_be_resumed_are_lost) {
    start(1);
    WsClient ana(endpoint, "/p");
    dies({{ClientId{1}, "resumed", 0, true}});
    EXPECT_EQ(ana.closed().code, 1011u);

    bring(next, 2);

    EXPECT_EQ(next.heard("lost "), "lost 1");
    EXPECT_EQ(next.count("resumed "), 0u);
}

TEST_F(Survivors, cannot_go_on_in_a_version_that_does_not_survive) {
    start(1);
    WsClient ana(endpoint, "/p");
    dies();

    rules.survival = Survival::none;
    bring(next, 2);

    EXPECT_EQ(ana.closed().code, 1012u);
}

TEST_F(Survivors, are_kept_through_many_deaths) {
    start(1);
    WsClient ana(endpoint, "/p");
    dies();
    for (std::uint64_t run = 2; run < 10; ++run) {
        ScriptedWorker another;
        bring(another, run);
        ana.says(std::to_string(run));
        EXPECT_EQ(ana.hears(), std::to_string(run));
        another.die();
        gateway->worker_lost("p", run, {});
    }
    bring(next, 10);

    ana.says("still here");
    EXPECT_EQ(ana.hears(), "still here");
}

TEST_F(Survivors, have_their_credit_reckoned_anew) {
    rules.backlog_bytes = 1'000'000;
    start(1);
    RawClient::Options options;
    options.receive_buffer = 4096;
    WsClient slow(endpoint, "/p", {}, options);
    for (int i = 0; i < 10; ++i) {
        worker.say([&](link::ActionSink& to) { to.send(ClientId{1}, link::Kind::text, std::string(50'000, 'x')); });
    }
    while (clients().clients.at(0).messages_out != 10) std::this_thread::yield();
    dies();

    const std::uint64_t waits = clients().clients.at(0).backlog_bytes;
    bring(next, 2);

    EXPECT_GT(waits, 0u);
    EXPECT_NE(next.heard("resumed 1 ").find(" backlog=" + std::to_string(waits)), std::string::npos);
}

class HeavySurvivors : public Survivors {
protected:
    static constexpr std::size_t crowd = 24, messages = 8, size = 128u << 10, kept = crowd * messages * size;

    HeavySurvivors() {
        rules.message_bytes = size;
        rules.inbox_bytes = messages * size;
        worker.on_message = keeps_silent;
    }
    static std::string text(std::size_t number) { return std::to_string(number) + std::string(size - 1, 'x'); }
    /// Each of a crowd has said as much as it may before the worker has done it.
    void come() {
        start(1);
        for (std::size_t i = 0; i < crowd; ++i) clients_.emplace_back(endpoint, "/p");
        for (std::size_t n = 0; n < messages; ++n) {
            for (WsClient& client : clients_) client.says(text(n));
        }
        ASSERT_TRUE(test::eventually([this] { return worker.count("message ") == crowd * messages; }));
    }
    void leave(std::size_t count) {
        for (; clients_.size() > crowd - count; clients_.pop_back()) clients_.back().raw().reset();
        ASSERT_TRUE(test::eventually([&] { return clients().total == crowd - count; }));
    }
    /// What the gateway holds, once that does not grow any more.
    std::uint64_t held_bytes() {
        std::uint64_t before = 0;
        EXPECT_TRUE(test::eventually(
            [&] {
                const std::uint64_t now = figures().memory_bytes;
                return std::exchange(before, now) == now;
            },
            test::Deadline::usual(), std::chrono::milliseconds{300}));
        return before;
    }
    /// Everybody's messages have come, each client's in order.
    void expect_all(ScriptedWorker& there) {
        EXPECT_TRUE(test::eventually([&] { return there.count("message ") == crowd * messages; }));
        EXPECT_EQ(there.count("resumed "), crowd);
        EXPECT_TRUE(order_->holds);
    }
    /// Takes note of the order, and of nothing else that a client says.
    auto checks_order() {
        // The worker's thread may outlive this.
        return [order = order_](link::ActionSink& to, ClientId client, std::uint64_t seq, link::Kind, std::string_view payload) {
            const std::uint64_t expected = ++order->heard[client];
            if (seq != expected || payload != text(expected - 1)) order->holds = false;
            to.done(client, seq);
        };
    }

    static constexpr std::uint64_t bound = kept + (20u << 20);
    std::vector<WsClient> clients_;

private:
    struct Order {
        std::map<ClientId, std::uint64_t> heard;
        std::atomic<bool> holds{true};
    };
    const std::shared_ptr<Order> order_ = std::make_shared<Order>();
};

TEST_F(HeavySurvivors, of_a_crash_are_told_to_the_next_worker_as_fast_as_it_takes_them) {
    constexpr std::size_t leaving = 5;
    rules.resume = Milliseconds(300);
    next.reads = false;
    next.on_message = checks_order();
    come();
    dies();
    leave(leaving);

    bring(next, 2);

    EXPECT_LT(held_bytes(), bound) << "not all of it twice";
    EXPECT_EQ(figures().projects["p"].closes.count(1012), 0u) << "there is a worker: it is only slow";
    next.read();
    expect_all(next);
    EXPECT_EQ(next.count("closed "), leaving);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(HeavySurvivors, that_are_handed_over_are_told_to_the_new_worker_as_fast_as_it_takes_them) {
    constexpr std::size_t leaving = 5;
    worker.parts = false;
    next.reads = false;
    next.on_message = checks_order();
    come();
    bring(next, 2);
    hand_over();
    ASSERT_TRUE(test::eventually([this] { return worker.count("parting ") == crowd; }));
    leave(leaving);

    worker.say([](link::ActionSink& to) {
        for (std::uint64_t i = 1; i <= crowd; ++i) to.parted(ClientId{i});
    });

    EXPECT_LT(held_bytes(), bound);
    next.read();
    expect_all(next);
    EXPECT_EQ(next.count("closed "), leaving);
    EXPECT_EQ(worker.count("closed "), 0u);
    EXPECT_EQ(reported("retired p 1"), "retired p 1");
}

TEST_F(HeavySurvivors, whom_the_next_worker_had_not_taken_when_it_died_go_on_in_the_one_after_it) {
    rules.resume = std::chrono::seconds(20) * test::patience;
    next.reads = false;
    come();
    dies();
    bring(next, 2);
    dies_too(next, 2);
    ScriptedWorker third;
    third.on_message = checks_order();

    bring(third, 3);

    expect_all(third);
}

TEST_F(Survivors, on_many_threads_all_go_on) {
    start(2);
    std::vector<WsClient> all;
    for (int i = 0; i < 40; ++i) all.emplace_back(endpoint, "/p");
    dies();

    bring(next, 2, 2);

    for (WsClient& client : all) {
        client.says("hi");
        EXPECT_EQ(client.hears(), "hi");
    }
    EXPECT_EQ(next.count("resumed "), 40u);
}

TEST_F(Survivors, whose_user_was_the_culprit_twice_are_closed_and_that_user_is_refused) {
    worker.on_message = keeps_silent;
    rules.wants_token = true;
    rules.tokens = {{"ana", tls::digest_of("anas-token-0123456789")}, {"ben", tls::digest_of("bens-token-0123456789")}};
    const test::Headers ana{{"Authorization", "Bearer anas-token-0123456789"}}, ben{{"Authorization", "Bearer bens-token-0123456789"}};
    start(1);
    WsClient first(endpoint, "/p", ana), second(endpoint, "/p", ana), third(endpoint, "/p", ana), other(endpoint, "/p", ben);
    third.says("poison");
    worker.heard("message 3 #1");
    dies({{ClientId{1}, "message", 1, true}});
    EXPECT_EQ(first.closed().code, 1011u);
    ScriptedWorker between;
    between.on_message = keeps_silent;
    bring(between, 2);
    EXPECT_EQ(between.heard("message 3 "), "message 3 #1 text poison") << "once is no reason";
    dies_too(between, 2, {{ClientId{2}, "message", 1, true}});
    EXPECT_EQ(second.closed().code, 1011u);

    bring(next, 3);

    EXPECT_EQ(third.closed().code, 1008u);
    EXPECT_EQ(next.count("message 3 "), 0u);
    const auto refusal = RawClient(endpoint).ask("/p", ana);
    EXPECT_EQ(refusal.status, 429);
    EXPECT_NE(refusal.header("Retry-After"), "");
    other.says("here");
    EXPECT_EQ(other.hears(), "here");
    EXPECT_EQ(RawClient(endpoint).ask("/p", ben).status, 101);
}

}  // namespace berth::host::gateway::testing
