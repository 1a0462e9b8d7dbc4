// SPDX-License-Identifier: MIT
/// A worker is buggy by assumption: whatever it says, the gateway goes on and names what was wrong.
#include "integration/gateway/gateway_fixture.hpp"

namespace berth::host::gateway::testing {

using test::WsClient;

class HostileWorker : public GatewayTest {
protected:
    /// Says something hostile while a client is connected; answers what was reported.
    std::string violation_after(const std::function<void(link::ActionSink&)>& what) {
        start(1);
        WsClient ana(endpoint, "/p");
        worker.heard("opened 1 ");
        worker.say(what);
        std::string report = reported("violation ");
        EXPECT_EQ(clients().total, 1u);  // The gateway lives.
        return report;
    }
};

TEST_F(HostileWorker, that_sends_garbage_is_reported) {
    start(1);
    worker.say_bytes(std::string(64, '\xff'));

    EXPECT_EQ(reported("violation "), "violation p 1 link record of type 65535 and 4294967295 bytes: size out of range");
}

TEST_F(HostileWorker, that_names_a_client_of_another_thread_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) { to.send(make_client_id({.thread = 5, .slot = 1}), link::Kind::text, "x"); }),
              "violation p 1 it named client 5242881 on the lane of another I/O thread");
}

TEST_F(HostileWorker, that_finishes_what_was_never_given_to_it_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) { to.done(ClientId{1}, 99); }),
              "violation p 1 it finished event 99, which was never given to it");
}

TEST_F(HostileWorker, that_sends_text_that_is_not_utf8_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) { to.send(ClientId{1}, link::Kind::text, "\xff"); }),
              "violation p 1 it sent text that is not UTF-8");
}

TEST_F(HostileWorker, that_closes_with_a_code_that_is_none_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) { to.close(ClientId{1}, 1005, link::Cause::project, ""); }),
              "violation p 1 it closed a client with code 1005, or with a reason that is not UTF-8");
}

TEST_F(HostileWorker, that_releases_more_than_it_holds_is_reported) {
    EXPECT_EQ(violation_after([](link::ActionSink& to) {
                  to.released(ClientId{1});
                  to.released(ClientId{1});
              }),
              "violation p 1 it released client 1, which it did not hold");
}

TEST_F(HostileWorker, cannot_reach_the_clients_of_another_project) {
    start(1);
    WsClient ana(endpoint, "/p");
    worker.heard("opened 1 ");
    ScriptedWorker other;
    ProjectRules second = rules;
    second.name = "q";
    gateway->set_project(second, 7, other.connect(1));
    settle();

    other.say([](link::ActionSink& to) {
        to.send(ClientId{1}, link::Kind::text, "from next door");
        to.close(ClientId{1}, 4000, link::Cause::project, "");
        to.released(ClientId{1});  // A violation: the gateway has read what came before it.
    });

    EXPECT_EQ(reported("violation "), "violation q 7 it released client 1, which it did not hold");
    ana.says("still here");
    EXPECT_EQ(ana.hears(), "still here");
}

TEST_F(HostileWorker, that_names_a_client_that_has_gone_is_not_reported) {
    start(1);
    {
        WsClient ana(endpoint, "/p");
        ana.closes();
        ana.closed();
    }
    worker.heard("closed 1 ");
    worker.say([](link::ActionSink& to) {
        to.send(ClientId{1}, link::Kind::text, "late");
        to.close(ClientId{1}, 1000, link::Cause::project, "");
    });
    WsClient ben(endpoint, "/p");
    ben.says("hi");

    EXPECT_EQ(ben.hears(), "hi");
    EXPECT_EQ(figures().projects["p"].accepted, 2u);
}

TEST_F(GatewayTest, reads_no_client_of_a_worker_that_takes_nothing_beyond_a_bound_and_goes_on_when_it_does) {
    constexpr std::size_t clients = 40, messages = 60, size = 16'000;
    std::promise<void> thawed;
    worker.on_message = [thaw = thawed.get_future().share()](link::ActionSink& to, ClientId client, std::uint64_t seq, auto, auto) {
        thaw.wait();
        to.done(client, seq);
    };
    start(1);
    std::vector<WsClient> crowd;
    for (std::size_t i = 0; i < clients; ++i) crowd.emplace_back(endpoint, "/p");
    std::vector<std::thread> senders;
    for (auto& client : crowd)
        senders.emplace_back([this, &client] {
            for (std::size_t n = 0; n < messages; ++n) client.says(std::string(size, 'x'));
            EXPECT_TRUE(test::eventually([&] { return worker.count("message ") == clients * messages; },
                                         test::Deadline{std::chrono::seconds{30}}));
        });
    const auto taken = [this] { return figures().projects["p"].bytes_in; };
    EXPECT_TRUE(test::eventually([&] { return taken() > (12u << 20); }));

    std::uint64_t before = 0;
    EXPECT_TRUE(test::eventually([&] { return std::exchange(before, taken()) == before; },
                                 test::Deadline::usual(), std::chrono::milliseconds{300}));
    // The bound, what the worker itself has read, and one message of each client.
    EXPECT_LT(taken(), 20u << 20) << "of " << clients * messages * size;

    thawed.set_value();
    for (auto& sender : senders) sender.join();
    EXPECT_EQ(taken(), clients * messages * size);
}

}  // namespace berth::host::gateway::testing
