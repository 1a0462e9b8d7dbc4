// SPDX-License-Identifier: MIT
// berth.topics/1, as far as the worker answers for it: counts, limits, which lanes a publication goes to, order.
#include <algorithm>

#include "unit/worker/worker_fixture.hpp"

namespace berth::host::worker::test {

class TopicsTest : public WorkerTest {
protected:
    TopicsTest() { settings.library = project_file("topics_plain"); }

    /// "LANE TOPIC|PAYLOAD" of every publication so far.
    std::vector<std::string> publications() {
        std::vector<std::string> found;
        for (const Action& action : gateway().actions()) {
            if (action.type == Action::Type::publish) found.push_back(std::to_string(link::lane_of(action.client)) + " " + action.text);
        }
        return found;
    }
    /// Says something that answers nothing; it has been handled when this returns.
    void tell(ClientId client, const std::string& command) {
        gateway().says(client, command);
        ASSERT_TRUE(gateway().is_done(client, gateway().last_seq(client)));
    }
};

TEST_F(TopicsTest, tells_the_gateway_each_time_so_that_it_is_of_one_mind_with_it_again) {
    start();
    const ClientId ana = gateway().connect();

    EXPECT_EQ(ask(ana, "sub news"), "ok");
    EXPECT_EQ(ask(ana, "sub news"), "ok");
    EXPECT_EQ(ask(ana, "unsub other"), "ok");

    EXPECT_EQ(ask(ana, "count news"), "1");
    EXPECT_EQ(ask(ana, "unsub news"), "ok");
    EXPECT_EQ(ask(ana, "unsub news"), "ok");

    std::vector<std::string> told;
    for (const Action& action : gateway().actions()) {
        if (action.type == Action::Type::subscribe) told.push_back("sub " + action.text);
        if (action.type == Action::Type::unsubscribe) told.push_back("unsub " + action.text);
    }
    EXPECT_EQ(told, (std::vector<std::string>{"sub news", "sub news", "unsub other", "unsub news", "unsub news"}));
}

TEST_F(TopicsTest, sends_one_record_to_each_lane_with_subscribers) {
    start();
    std::vector<ClientId> clients;
    for (int i = 0; i < 5; ++i) clients.push_back(gateway().connect({.lane = 1}));
    const ClientId ana = gateway().connect({.lane = 0});
    for (const ClientId client : clients) EXPECT_EQ(ask(client, "sub news"), "ok");

    tell(ana, "pub news one");
    EXPECT_EQ(publications(), std::vector<std::string>{"1 news|one"});
    EXPECT_EQ(ask(ana, "sub news"), "ok");
    tell(clients[0], "pub news two");
    tell(ana, "pub nothing three");

    auto all = publications();
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, (std::vector<std::string>{"0 news|two", "1 news|one", "1 news|two"}));
}

TEST_F(TopicsTest, counts_clients_until_they_go) {
    start();
    const ClientId ana = gateway().connect(), ben = gateway().connect({.lane = 1});
    EXPECT_EQ(ask(ana, "sub news"), "ok");
    EXPECT_EQ(ask(ben, "sub news"), "ok");
    EXPECT_EQ(ask(ana, "count news"), "2");

    gateway().closes(ben);

    EXPECT_EQ(ask(ana, "count news"), "1");
    tell(ana, "pub news only here");
    EXPECT_EQ(publications(), std::vector<std::string>{"0 news|only here"});
    EXPECT_EQ(ask(ana, "unsub news"), "ok");
    EXPECT_EQ(ask(ana, "count news"), "0");
}

TEST_F(TopicsTest, holds_clients_and_project_to_their_limits) {
    settings.limits.subscriptions = 2;
    settings.limits.topics = 3;
    start();
    const ClientId ana = gateway().connect(), ben = gateway().connect();

    EXPECT_EQ(ask(ana, "sub a"), "ok");
    EXPECT_EQ(ask(ana, "sub b"), "ok");
    EXPECT_EQ(ask(ana, "sub c"), "full") << "of one client";
    EXPECT_EQ(ask(ben, "sub a"), "ok") << "is there";
    EXPECT_EQ(ask(ben, "sub c"), "ok");
    const ClientId cem = gateway().connect();
    EXPECT_EQ(ask(cem, "sub d"), "full") << "of the project";
    EXPECT_EQ(ask(ben, "unsub c"), "ok");
    EXPECT_EQ(ask(cem, "sub d"), "ok");
}

TEST_F(TopicsTest, of_a_client_that_is_refused_are_none) {
    start();
    const ClientId refused = gateway().ask({.query = "refused"});
    EXPECT_EQ(gateway().verdict(refused).number, 403u);
    const ClientId ana = gateway().connect();

    EXPECT_EQ(ask(ana, "count refused"), "0");
    EXPECT_EQ(gateway().count(refused, Action::Type::subscribe), 0u);
}

TEST_F(TopicsTest, are_subscribed_to_after_the_verdict_and_before_what_is_published_in_connection) {
    start();
    const ClientId ana = gateway().connect({.query = "news"});
    ASSERT_TRUE(gateway().wait_for(make_client_id({}), Action::Type::publish));

    std::vector<Action::Type> order;
    for (const Action& action : gateway().actions()) order.push_back(action.type);

    EXPECT_EQ(order, (std::vector{Action::Type::admitted, Action::Type::subscribe, Action::Type::publish}));
    EXPECT_EQ(ask(ana, "count news"), "1");
}

TEST_F(TopicsTest, keep_their_place_between_what_is_sent) {
    start();
    const ClientId ana = gateway().connect();
    EXPECT_EQ(ask(ana, "sub news"), "ok");
    tell(ana, "order news");

    std::string order;
    for (const Action& action : gateway().actions()) {
        if (action.type == Action::Type::send || action.type == Action::Type::publish) order += action.text + " ";
    }
    EXPECT_EQ(order, "ok before news|published after ");
}

TEST_F(TopicsTest, of_another_generation_are_reached_on_every_lane) {
    start();
    const ClientId ana = gateway().connect();
    worker().set_others_alive(true);

    tell(ana, "others news hello");

    auto all = publications();
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, (std::vector<std::string>{"0 news|hello", "1 news|hello"}));
    EXPECT_EQ(gateway().wait_for(make_client_id({.thread = 1}), Action::Type::publish)->number, value_of(ana));
}

TEST_F(TopicsTest, come_along_from_another_worker) {
    start();
    const ClientId ana = gateway().connect();
    const ClientId ben = gateway().resume({}, {.lane = 1});
    worker().subscribed(ben, "news");

    EXPECT_EQ(ask(ana, "count news"), "1");
    tell(ana, "pub news hello");
    EXPECT_EQ(publications(), std::vector<std::string>{"1 news|hello"});
    gateway().closes(ben);
    EXPECT_EQ(ask(ana, "count news"), "0");
}

TEST_F(TopicsTest, whose_names_are_none_are_refused_as_invalid) {
    start();
    const ClientId ana = gateway().connect();

    gateway().says(ana, "sub " + std::string(257, 'x'));

    EXPECT_TRUE(log.sees("event failed", 1, id(ana)));
    EXPECT_EQ(log.count("a call of the project was refused as invalid"), 1u);
}

}  // namespace berth::host::worker::test
