// SPDX-License-Identifier: MIT
// RELIABILITY §4.1, inbound queue: what waits in one worker is bounded for all its clients together, too.
#include <map>

#include "integration/gateway/gateway_fixture.hpp"

namespace berth::host::gateway::testing {

using test::Deadline;
using test::eventually;
using test::RawClient;
using test::WsClient;

class Inbox : public GatewayTest {
protected:
    static constexpr std::uint64_t kib = 1u << 10, mib = 1u << 20;
    static constexpr std::size_t crowd = 16, messages = 120, size = 10'000;
    /// Beyond the bound: what each of two threads reads before it tells the other, of one client and of those before it.
    static constexpr std::uint64_t slack = 2 * (256 + 64) * kib;

    Inbox() {
        rules.inbox_total_bytes = mib;
        rules.inbox_events = 2 * messages;
        rules.inbox_bytes = messages * size;
        worker.on_message = [this](link::ActionSink& to, ClientId client, std::uint64_t seq, link::Kind, std::string_view payload) {
            handle(to, client, seq, payload);
        };
    }
    ~Inbox() override {
        gateway.reset();
        worker.die();
    }

    static std::string text(std::size_t number) { return std::to_string(number) + "." + std::string(size, 'x'); }

    /// Each of a crowd says much more than may wait.
    void come() {
        for (std::size_t i = 0; i < crowd; ++i) clients_.emplace_back(endpoint, "/p");
        for (auto& client : clients_) {
            sending_.push_back(std::async(std::launch::async, [&client] {
                bool is_sent = true;
                for (std::size_t n = 0; n < messages; ++n) is_sent = is_sent && client.raw().send({.opcode = test::opcode::text, .payload = text(n)});
                return is_sent;
            }));
        }
    }
    std::uint64_t waiting() { return figures().projects["p"].inbox_bytes; }
    /// The bound is met, and nothing more is read.
    void expect_full() {
        ASSERT_TRUE(eventually([&] { return waiting() >= rules.inbox_total_bytes; }));
        std::uint64_t before = 0;
        EXPECT_TRUE(eventually([&] { return std::exchange(before, figures().projects["p"].messages_in) == before; }, Deadline::usual(),
                               std::chrono::milliseconds(300)));
        EXPECT_LE(waiting(), rules.inbox_total_bytes + slack);
    }
    /// The handlers' sleep is over.
    void wake() { may_go_on_.set_value(); }
    void expect_all(std::size_t count) {
        EXPECT_TRUE(eventually([&] { return handled_ == count; })) << handled_;
        EXPECT_TRUE(is_in_order_);
        EXPECT_TRUE(eventually([&] { return waiting() == 0; })) << waiting();
    }

    std::vector<WsClient> clients_;
    std::vector<std::future<bool>> sending_;

private:
    void handle(link::ActionSink& to, ClientId client, std::uint64_t seq, std::string_view payload) {
        go_on_.wait();
        if (payload != text(heard_[client]++)) is_in_order_ = false;
        ++handled_;
        to.done(client, seq);
    }

    std::promise<void> may_go_on_;
    std::shared_future<void> go_on_ = may_go_on_.get_future().share();
    std::map<ClientId, std::size_t> heard_;  ///< of the worker's thread
    std::atomic<std::size_t> handled_{0};
    std::atomic<bool> is_in_order_{true};
};

TEST_F(Inbox, of_a_worker_whose_handlers_sleep_is_bounded_for_all_clients_together_and_all_is_handled_in_order_later) {
    start();
    come();
    expect_full();
    EXPECT_GE(figures().projects["p"].limit_hits["inbox-total"], crowd - 1);

    wake();

    for (auto& sent : sending_) EXPECT_TRUE(sent.get());
    expect_all(crowd * messages);
    EXPECT_EQ(worker.count("closed "), 0u);
}

TEST_F(Inbox, that_is_full_leaves_the_clients_of_other_projects_and_of_a_newer_version_alone) {
    auto others = rules;
    ScriptedWorker echo, next;
    start();
    others.name = "q";
    others.state = ProjectState::open;
    gateway->set_project(others, 1, echo.connect(2));
    settle();
    WsClient ana(endpoint, "/q");
    come();
    expect_full();

    for (int i = 0; i < 20; ++i) {
        ana.says("hello");
        EXPECT_EQ(ana.hears(), "hello");
    }
    gateway->set_project(rules, 2, next.connect(2));
    settle();
    WsClient ben(endpoint, "/p");
    ben.says("mended");
    EXPECT_EQ(ben.hears(), "mended");

    wake();
    for (auto& sent : sending_) EXPECT_TRUE(sent.get());
    expect_all(crowd * messages);
}

TEST_F(Inbox, that_is_full_keeps_nobody_from_being_pinged_sent_to_and_closed) {
    rules.ping = Milliseconds(100);
    rules.pong = Milliseconds(300);
    start(1);
    WsClient ana(endpoint, "/p");
    worker.heard("opened 1");
    come();
    expect_full();

    EXPECT_FALSE(ana.has_message(Deadline(std::chrono::milliseconds(800))));
    EXPECT_TRUE(ana.is_open()) << "its pongs are not read, and not missed";
    std::promise<std::uint64_t> closed;
    gateway->send({.client = ClientId{1}}, link::Kind::text, "hello", [](std::uint64_t) {});
    gateway->disconnect({.client = ClientId{1}}, {.code = 4000, .cause = link::Cause::administrator, .reason = "go"},
                        [&](std::uint64_t count) { closed.set_value(count); });
    EXPECT_EQ(closed.get_future().get(), 1u);
    EXPECT_EQ(ana.hears(), "hello");
    EXPECT_EQ(ana.closed().code, 4000u);

    wake();
    for (auto& sent : sending_) EXPECT_TRUE(sent.get());
    expect_all(crowd * messages);
}

TEST_F(Inbox, counts_what_those_who_have_gone_left_until_the_worker_has_let_go_of_them) {
    worker.on_message = [](auto&, auto, auto, auto, auto) {};
    worker.releases = false;
    start();
    for (std::uint64_t i = 1; i <= 3; ++i) {
        WsClient ana(endpoint, "/p");
        ASSERT_TRUE(ana.says(text(0)));
        ASSERT_TRUE(ana.says(text(1)));
        ASSERT_TRUE(eventually([&] { return figures().projects["p"].messages_in == 2 * i; }));
    }
    ASSERT_TRUE(eventually([&] { return worker.count("closed ") == 3; }));
    EXPECT_EQ(waiting(), 6 * link::message_cost(text(0).size()));

    worker.say([](link::ActionSink& to) { to.done(ClientId{1}, 1); }, link::lane_of(ClientId{1}));
    EXPECT_TRUE(eventually([&] { return waiting() == 5 * link::message_cost(text(0).size()); }));
    worker.say([](link::ActionSink& to) { to.released(ClientId{1}); }, link::lane_of(ClientId{1}));
    EXPECT_TRUE(eventually([&] { return waiting() == 4 * link::message_cost(text(0).size()); }));
}

TEST_F(Inbox, of_clients_that_survive_their_worker_goes_along_to_the_next_one) {
    rules.survival = Survival::stateless;
    ScriptedWorker next;
    next.on_message = [](link::ActionSink& to, ClientId client, std::uint64_t seq, auto, auto) { to.done(client, seq); };
    worker.on_message = [](auto&, auto, auto, auto, auto) {};
    start(1);
    come();
    expect_full();
    worker.die();
    gateway->worker_lost("p", 1, {});
    settle();
    EXPECT_GE(waiting(), rules.inbox_total_bytes);

    gateway->set_project(rules, 2, next.connect(1));

    for (auto& sent : sending_) EXPECT_TRUE(sent.get());
    EXPECT_TRUE(eventually([&] { return next.count("message ") == crowd * messages; })) << next.count("message ");
    EXPECT_TRUE(eventually([&] { return waiting() == 0; })) << waiting();
    wake();
}

}  // namespace berth::host::gateway::testing
