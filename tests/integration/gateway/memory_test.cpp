// SPDX-License-Identifier: MIT
// What the gateway does, step by step, when what it holds for its clients nears the limit.
#include "integration/gateway/gateway_fixture.hpp"

namespace berth::host::gateway::testing {

using test::eventually;
using test::RawClient;
using test::WsClient;

namespace {

constexpr std::uint64_t mib = 1u << 20;

class GateMemory : public GatewayTest {
protected:
    GateMemory() {
        host_rules.memory_bytes = 8 * mib;
        host_rules.blocked_write = std::chrono::minutes(10);
        rules.backlog_bytes = 64 * mib;
        rules.ping = Milliseconds(0);
    }
    /// Makes that much wait for a client that does not read.
    void pile_up(std::uint64_t client, std::size_t bytes) {
        for (std::size_t sent = 0; sent < bytes; sent += 100'000) {
            worker.say([&](link::ActionSink& to) { to.send(ClientId{client}, link::Kind::buffer, std::string(100'000, 'x')); });
        }
    }
    WsClient slow_reader() { return {endpoint, "/p", {}, {.receive_buffer = 4096}}; }
    std::uint64_t refused() { return figures().refused["memory"]; }
};

}  // namespace

TEST_F(GateMemory, from_75_percent_on_newcomers_get_503_until_there_is_room_again) {
    start(1);
    auto slow = slow_reader();
    worker.heard("opened 1");
    pile_up(1, 6 * mib + mib / 2);
    ASSERT_TRUE(eventually([&] { return figures().memory_bytes > 6 * mib; }));

    const auto refusal = RawClient(endpoint).reply();

    EXPECT_EQ(refusal.status, 503);
    EXPECT_EQ(refusal.body, "this host is short of memory; try again\n");
    EXPECT_FALSE(refusal.header("Retry-After").empty());
    EXPECT_EQ(refused(), 1u);
    slow.raw().reset();
    EXPECT_TRUE(eventually([&] { return RawClient(endpoint).ask("/p").status == 101; }));
    EXPECT_EQ(figures().memory_limit_bytes, 8 * mib);
}

TEST_F(GateMemory, from_85_percent_on_those_are_closed_with_1013_for_whom_most_waits) {
    start(1);
    auto slow = slow_reader(), slower = slow_reader();
    WsClient ana(endpoint, "/p");
    worker.heard("opened 3");
    pile_up(1, 2 * mib);
    pile_up(2, 6 * mib);

    EXPECT_EQ(worker.heard("closed "), "closed 2 1013 4 the server is short of memory");

    EXPECT_TRUE(eventually([&] { return figures().memory_bytes < 6 * mib; }));
    EXPECT_EQ(figures().projects["p"].limit_hits["memory"], 1u);
    ana.says("still here");
    EXPECT_EQ(ana.hears(), "still here");
    EXPECT_EQ(worker.count("closed "), 1u);
}

TEST_F(GateMemory, unfinished_messages_are_given_up_with_1013_before_they_stop_everybody) {
    host_rules.memory_bytes = 16 * mib;
    rules.message_bytes = mib;
    start(1);
    auto slow = slow_reader();
    WsClient ana(endpoint, "/p");
    worker.heard("opened 2");
    pile_up(1, mib / 2);
    const std::string whole = test::encode(test::Frame{.opcode = test::opcode::binary, .payload = std::string(mib, 'x')});
    std::vector<WsClient> hoarders;
    for (int i = 0; i < 16; ++i) hoarders.emplace_back(endpoint, "/p");
    std::vector<std::future<bool>> sending;
    for (auto& client : hoarders)
        sending.push_back(std::async(std::launch::async, [&] { return client.raw().send(whole.substr(0, whole.size() - 1)); }));
    ASSERT_TRUE(eventually([&] { return figures().projects["p"].limit_hits["memory"] > 0; }));
    for (auto& sent : sending) sent.wait();

    EXPECT_TRUE(eventually([&] { return figures().memory_bytes < host_rules.memory_bytes / 100 * 85; }));
    ana.says("still here");
    EXPECT_EQ(ana.hears(), "still here");
    EXPECT_TRUE(worker.heard("closed ").ends_with(" 1013 4 the server is short of memory"));
    EXPECT_EQ(worker.count("closed 1 "), 0u) << "less waits for the slow reader than for any of them";
}

TEST_F(GateMemory, from_95_percent_on_nobody_is_read_and_everything_arrives_later) {
    rules.inbox_events = 1000;
    rules.inbox_bytes = 4 * mib;
    std::promise<void> go_on;
    auto may_go_on = go_on.get_future().share();
    worker.on_message = [may_go_on](link::ActionSink& to, ClientId client, std::uint64_t seq, link::Kind kind, std::string_view payload) {
        may_go_on.wait();
        if (payload.size() < 100) to.send(client, kind, payload);
        to.done(client, seq);
    };
    start(1);
    std::vector<WsClient> clients;
    for (int i = 0; i < 6; ++i) clients.emplace_back(endpoint, "/p");
    WsClient ana(endpoint, "/p");
    worker.heard("opened 7");
    // What waits for a worker that does nothing is held by the gateway.
    std::vector<std::future<bool>> sending;
    for (auto& client : clients) {
        sending.push_back(std::async(std::launch::async, [&client] {
            bool is_sent = true;
            for (int i = 0; i < 400; ++i) is_sent = is_sent && client.says(std::string(10'000, 'x'));
            return is_sent;
        }));
    }
    ASSERT_TRUE(eventually([&] { return figures().memory_bytes >= 76 * mib / 10; }));
    const auto before = figures().projects["p"].messages_in;

    ana.says("late");
    EXPECT_FALSE(ana.has_message(test::Deadline(std::chrono::milliseconds(300))));
    EXPECT_EQ(figures().projects["p"].messages_in, before);

    go_on.set_value();
    EXPECT_EQ(ana.hears(), "late");
    for (auto& sent : sending) EXPECT_TRUE(sent.get());
    EXPECT_EQ(worker.count("closed "), 0u) << "to close somebody gives nothing back";
}

TEST_F(GateMemory, counts_what_is_kept_for_the_next_worker_of_clients_that_survive_theirs) {
    host_rules.memory_bytes = 10 * mib;
    rules.survival = Survival::stateless;
    rules.message_bytes = mib;
    rules.inbox_bytes = 64 * mib;
    worker.on_message = [](auto&, auto, auto, auto, auto) {};
    ScriptedWorker next;
    next.on_message = [](link::ActionSink& to, ClientId client, std::uint64_t seq, auto, auto) { to.done(client, seq); };
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    const std::string large(mib / 2, 'x');
    for (int i = 0; i < 8; ++i) {
        ASSERT_TRUE(ana.says(large));
        ASSERT_TRUE(ben.says(large));
    }
    worker.heard("message 1 #8");
    worker.heard("message 2 #8");
    ASSERT_TRUE(eventually([&] { return figures().memory_bytes >= 8 * mib; }));

    worker.die();
    gateway->worker_lost("p", 1, {});
    ben.raw().reset();  // Its messages are handled all the same, and then its disconnection.

    EXPECT_TRUE(eventually([&] { return figures().projects["p"].clients == 1; }));
    EXPECT_TRUE(eventually([&] { return RawClient(endpoint).reply().status == 503; })) << "newcomers are refused from 75 % on";
    EXPECT_GE(figures().memory_bytes, 8 * mib);
    EXPECT_EQ(figures().projects["p"].closes.count(1013), 0u) << "nobody is closed: nothing waits to be sent";
    gateway->set_project(rules, 2, next.connect(1));
    next.heard("message 1 #8");
    next.heard("closed 2 ");
    EXPECT_TRUE(eventually([&] { return figures().memory_bytes < mib; })) << "it was done";
    EXPECT_TRUE(ana.is_open());
}

TEST_F(GateMemory, is_not_filled_to_where_nobody_is_read_by_what_is_kept_of_clients_that_survive) {
    rules.survival = Survival::stateless;
    rules.inbox_bytes = 4 * mib;
    rules.inbox_events = 10'000;
    worker.on_message = [](auto&, auto, auto, auto, auto) {};
    start(1);
    auto others = rules;
    others.name = "q";
    others.survival = Survival::none;
    ScriptedWorker echo;
    gateway->set_project(others, 1, echo.connect(1));
    settle();
    WsClient ben(endpoint, "/q");
    std::vector<WsClient> crowd;
    for (int i = 0; i < 6; ++i) crowd.emplace_back(endpoint, "/p");
    std::vector<std::future<void>> sending;
    for (auto& client : crowd) {
        // Until the gateway reads no more.
        sending.push_back(std::async(std::launch::async, [&client] {
            const std::string message = test::encode(test::Frame{.opcode = test::opcode::text, .payload = std::string(40'000, 'x')});
            for (int i = 0; i < 100 && client.raw().send(message, test::Deadline{std::chrono::seconds{1}}); ++i) {
            }
        }));
    }
    ASSERT_TRUE(eventually([&] { return figures().memory_bytes >= 68 * mib / 10; }));

    for (int i = 0; i < 20; ++i) {
        ben.says("hello");
        EXPECT_EQ(ben.hears(), "hello");
    }
}

TEST_F(GateMemory, that_is_kept_for_the_next_worker_ends_those_who_take_most_before_nobody_is_read_for_ever) {
    rules.survival = Survival::resumes;
    start(1);
    std::vector<WsClient> crowd;
    for (int i = 0; i < 150; ++i) crowd.emplace_back(endpoint, "/p");
    WsClient ana(endpoint, "/p");
    worker.heard("opened 151");
    for (std::uint64_t i = 1; i <= 150; ++i) {
        worker.say([&](link::ActionSink& to) { to.saved(ClientId{i}, std::string(60'000, 's')); });
    }

    EXPECT_TRUE(eventually([&] { return figures().projects["p"].limit_hits["memory"] > 0; }));
    EXPECT_TRUE(eventually([&] { return figures().memory_bytes < host_rules.memory_bytes / 100 * 85; }));
    ana.says("still here");
    EXPECT_EQ(ana.hears(), "still here");
    EXPECT_GT(figures().projects["p"].clients, 75u) << "no more than needed";
}

TEST_F(GateMemory, that_is_saved_for_ever_keeps_nobody_unread_below_the_last_step_either) {
    rules.survival = Survival::resumes;
    start(1);
    constexpr std::uint64_t crowd_size = 125, saved_bytes = 60'000;  // 91 % of the limit
    std::vector<WsClient> crowd;
    for (std::uint64_t i = 0; i < crowd_size; ++i) crowd.emplace_back(endpoint, "/p");
    WsClient ana(endpoint, "/p");
    worker.heard("opened " + std::to_string(crowd_size + 1));
    for (std::uint64_t i = 1; i <= crowd_size; ++i) {
        worker.say([&](link::ActionSink& to) { to.saved(ClientId{i}, std::string(saved_bytes, 's')); });
    }

    EXPECT_TRUE(eventually([&] { return figures().memory_bytes < host_rules.memory_bytes / 100 * 85 && figures().projects["p"].limit_hits["memory"] > 0; }));
    ana.says("still here");
    EXPECT_EQ(ana.hears(), "still here");
    EXPECT_GT(figures().projects["p"].clients, 75u) << "no more than needed";
}

TEST_F(GateMemory, counts_topics_with_their_names) {
    constexpr std::size_t topics = 8'000, name_bytes = 250;
    rules.subscriptions = topics;
    start(1);
    WsClient ana(endpoint, "/p");
    worker.heard("opened 1");

    for (std::size_t i = 0; i < topics; ++i) {
        const std::string number = std::to_string(i);
        worker.say([&](link::ActionSink& to) { to.subscribe(ClientId{1}, number + std::string(name_bytes - number.size(), '.')); });
    }

    EXPECT_TRUE(eventually([&] { return figures().memory_bytes > topics * (name_bytes + 128); }));
    ana.closes();
    EXPECT_TRUE(eventually([&] { return figures().memory_bytes < mib; }));
}

TEST_F(GateMemory, counts_the_slabs_that_have_been_used_until_they_are_given_back_since_it_runs_short) {
    constexpr int messages = 90;
    host_rules.memory_bytes = 64 * mib;
    rules.inbox_events = 2 * messages;
    rules.inbox_bytes = 4 * mib;
    std::promise<void> go_on;
    worker.on_message = [may_go_on = go_on.get_future().share()](link::ActionSink& to, ClientId client, std::uint64_t seq, auto, auto) {
        may_go_on.wait();
        to.done(client, seq);
    };
    start(1);
    WsClient ana(endpoint, "/p");
    for (int i = 0; i < messages; ++i) ASSERT_TRUE(ana.says(std::string(40'000, 'x')));
    EXPECT_TRUE(eventually([&] { return figures().memory_bytes > 3 * mib; }));

    go_on.set_value();
    EXPECT_TRUE(eventually([&] { return worker.count("message ") == messages; }));
    EXPECT_GT(figures().memory_bytes, 3 * mib) << "they are kept for what comes next";
    host_rules.memory_bytes = 4 * mib;
    gateway->reconfigure({.rules = host_rules, .tls = {}, .added = {}, .removed = {}}, [](const Result<void>&) {});

    EXPECT_TRUE(eventually([&] { return figures().memory_bytes < mib; }));
    ana.says(std::string(40'000, 'x'));
    worker.heard("message 1 #" + std::to_string(messages + 1));
    EXPECT_EQ(worker.count("closed "), 0u);
}

}  // namespace berth::host::gateway::testing
