// SPDX-License-Identifier: MIT
// Who hears what is published: subscriptions are the gateway's, one table a project and I/O thread.
#include <map>
#include <random>
#include <set>

#include "integration/gateway/gateway_fixture.hpp"

namespace berth::host::gateway::testing {

using test::WsClient;

class TopicsOfGateway : public GatewayTest {
protected:
    /// Clients of "p" on one I/O thread have the numbers 1, 2, 3 in the order in which they come.
    void subscribe(std::uint64_t client, std::string_view topic) {
        worker.say([&](link::ActionSink& to) { to.subscribe(ClientId{client}, topic); });
    }
    void publish(std::string_view topic, std::string_view text, std::uint64_t except = 0) {
        publish_by(worker, topic, text, except);
    }
    static void publish_by(ScriptedWorker& who, std::string_view topic, std::string_view text, std::uint64_t except = 0) {
        who.say([&](link::ActionSink& to) {
            to.publish({.topic = topic, .kind = link::Kind::text, .payload = text, .except = ClientId{except}});
        });
    }
    using Room = std::vector<std::unique_ptr<WsClient>>;
    /// `who` publishes all at once to its clients, who have subscribed to "room" and echo; they get everything in order, and the
    /// first of them what is sent behind it.
    static void hears_in_order(ScriptedWorker& who, Room& room, std::size_t publications) {
        room.back()->says("all are there");
        ASSERT_EQ(room.back()->hears(), "all are there");

        who.say([&](link::ActionSink& to) {
            for (std::size_t i = 0; i < publications; ++i) {
                to.publish({.topic = "room", .kind = link::Kind::text, .payload = std::to_string(i), .except = {}});
            }
            to.send(ClientId{1}, link::Kind::text, "after them");
        });

        for (std::size_t i = 0; i < publications; ++i) {
            ASSERT_EQ(room.front()->hears(), std::to_string(i));
            ASSERT_EQ(room.back()->hears(), std::to_string(i));
        }
        EXPECT_EQ(room.front()->hears(), "after them");
    }
    /// Another worker of the project, to which newcomers go.
    void bring(ScriptedWorker& another, std::uint64_t run) {
        gateway->set_project(rules, run, another.connect(1));
        settle();
    }
    std::string violation_after(const std::function<void(link::ActionSink&)>& what) {
        worker.say(what);
        return reported("violation ");
    }
};

TEST_F(TopicsOfGateway, are_heard_by_their_subscribers_but_the_one_that_is_excepted) {
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p"), cem(endpoint, "/p");
    subscribe(1, "news");
    subscribe(2, "news");
    subscribe(2, "news");
    subscribe(3, "sports");

    publish("news", "one");
    publish("news", "two", 1);
    publish("sports", "three");
    publish("nothing", "nobody");

    EXPECT_EQ(ben.hears(), "one");
    EXPECT_EQ(ben.hears(), "two");
    EXPECT_EQ(cem.hears(), "three");
    EXPECT_EQ(ana.hears(), "one");
    ana.says("last");
    EXPECT_EQ(ana.hears(), "last");
    ben.says("last");
    EXPECT_EQ(ben.hears(), "last");
}

TEST_F(TopicsOfGateway, are_not_heard_any_more_by_who_has_unsubscribed_or_gone) {
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p"), cem(endpoint, "/p");
    for (std::uint64_t client = 1; client <= 3; ++client) {
        for (const char* topic : {"a", "b", "c"}) subscribe(client, topic);
    }
    worker.say([](link::ActionSink& to) {
        to.unsubscribe(ClientId{1}, "a");
        to.unsubscribe(ClientId{1}, "never");
    });
    ben.closes(1000, "");
    worker.heard("closed 2");

    for (const char* topic : {"a", "b", "c"}) publish(topic, topic);

    EXPECT_EQ(ana.hears(), "b");
    EXPECT_EQ(ana.hears(), "c");
    EXPECT_EQ(cem.hears(), "a");
    EXPECT_EQ(cem.hears(), "b");
    EXPECT_EQ(cem.hears(), "c");
}

TEST_F(TopicsOfGateway, keep_the_order_of_what_a_worker_says) {
    start(1);
    WsClient ana(endpoint, "/p");
    worker.say([](link::ActionSink& to) {
        to.publish({.topic = "t", .kind = link::Kind::text, .payload = "too early", .except = {}});
        to.subscribe(ClientId{1}, "t");
        to.send(ClientId{1}, link::Kind::text, "1");
        to.publish({.topic = "t", .kind = link::Kind::text, .payload = "2", .except = {}});
        to.send(ClientId{1}, link::Kind::text, "3");
        to.unsubscribe(ClientId{1}, "t");
        to.publish({.topic = "t", .kind = link::Kind::text, .payload = "too late", .except = {}});
        to.send(ClientId{1}, link::Kind::text, "4");
    });

    for (const char* text : {"1", "2", "3", "4"}) EXPECT_EQ(ana.hears(), text);
}

TEST_F(TopicsOfGateway, follow_a_plain_table_through_a_thousand_changes) {
    start(1);
    constexpr std::uint64_t count = 6;
    std::vector<std::unique_ptr<WsClient>> clients;
    for (std::uint64_t i = 0; i < count; ++i) {
        clients.push_back(std::make_unique<WsClient>(endpoint, "/p"));
        worker.heard("opened " + std::to_string(i + 1) + " ");
    }
    std::map<std::string, std::set<std::uint64_t>> table;
    std::map<std::uint64_t, std::vector<std::string>> expected;
    std::mt19937 random(20'261'130);
    worker.say([&](link::ActionSink& to) {
        for (int step = 0; step < 1000; ++step) {
            const std::uint64_t client = random() % count + 1;
            const std::string topic(1, static_cast<char>('a' + random() % 5));
            const auto what = random() % 3;
            if (what == 0) {
                to.subscribe(ClientId{client}, topic);
                table[topic].insert(client);
            } else if (what == 1) {
                to.unsubscribe(ClientId{client}, topic);
                table[topic].erase(client);
            } else {
                const std::string text = topic + std::to_string(step);
                to.publish({.topic = topic, .kind = link::Kind::text, .payload = text, .except = {}});
                for (const std::uint64_t subscriber : table[topic]) expected[subscriber].push_back(text);
            }
        }
    });

    for (std::uint64_t i = 0; i < count; ++i) {
        for (const std::string& text : expected[i + 1]) ASSERT_EQ(clients[i]->hears(), text) << "client " << i + 1;
    }
}

TEST_F(TopicsOfGateway, cost_a_slow_subscriber_its_connection_and_nobody_else) {
    rules.backlog_bytes = 100'000;
    start(1);
    WsClient ana(endpoint, "/p"), ben(endpoint, "/p");
    subscribe(1, "news");
    subscribe(2, "news");
    const std::string large(50'000, 'x');

    // More than sockets hold.
    int published = 0;
    for (; published < 500 && worker.count("closed 1") == 0; ++published) {
        publish("news", large);
        ASSERT_EQ(ben.hears(), large);
    }

    EXPECT_EQ(worker.heard("closed 1"), "closed 1 1013 4 backlog full");
    publish("news", "go on");
    EXPECT_EQ(ben.hears(), "go on");
    EXPECT_EQ(worker.count("credit "), 0u) << "nobody has paid for what is published";
}

TEST_F(TopicsOfGateway, that_are_flooded_go_out_a_share_a_turn_and_in_order) {
    // All of it in one turn would be more than a client may have waiting.
    constexpr std::size_t members = 100;
    constexpr std::size_t publications = 2'000;
    rules.backlog_bytes = 16u << 10;
    rules.backlog_policy = BacklogPolicy::close;
    start(1);
    Room room;
    for (std::size_t i = 0; i < members; ++i) {
        room.push_back(std::make_unique<WsClient>(endpoint, "/p"));
        subscribe(i + 1, "room");
    }
    hears_in_order(worker, room, publications);
    EXPECT_EQ(figures().projects.at("p").limit_hits.size(), 0u);
}

TEST_F(TopicsOfGateway, that_are_flooded_by_a_worker_in_this_process_go_out_a_share_a_turn_and_in_order) {
    constexpr std::size_t members = 100;
    constexpr std::size_t publications = 2'000;
    start(1);
    auto others = rules;
    others.name = "q";
    others.backlog_bytes = 16u << 10;
    others.backlog_policy = BacklogPolicy::close;
    ScriptedWorker direct;
    gateway->set_project(others, 1, direct.connect_directly(1));
    settle();
    Room room;
    for (std::size_t i = 0; i < members; ++i) room.push_back(std::make_unique<WsClient>(endpoint, "/q"));
    direct.say([&](link::ActionSink& to) {
        for (std::uint64_t i = 1; i <= members; ++i) to.subscribe(ClientId{i}, "room");
    });
    hears_in_order(direct, room, publications);
    EXPECT_EQ(figures().projects.at("q").limit_hits.size(), 0u);
    direct.die();
}

TEST_F(TopicsOfGateway, end_with_their_last_subscriber_even_while_something_is_published) {
    rules.backlog_bytes = 1000;
    start(1);
    WsClient ana(endpoint, "/p");
    subscribe(1, "news");
    // It leaves during the second of them.
    worker.say([](link::ActionSink& to) {
        for (int i = 0; i < 3; ++i) {
            to.publish({.topic = "news", .kind = link::Kind::buffer, .payload = std::string(900, 'x'), .except = {}});
        }
    });

    EXPECT_EQ(worker.heard("closed 1"), "closed 1 1013 4 backlog full");
    settle();
    EXPECT_FALSE(has_reported("violation "));
}

TEST_F(TopicsOfGateway, reach_the_clients_of_every_generation_of_the_project) {
    start(1);
    WsClient ana(endpoint, "/p");
    subscribe(1, "news");
    ScriptedWorker next;
    bring(next, 2);
    WsClient ben(endpoint, "/p");
    next.heard("opened 2 ");
    next.say([](link::ActionSink& to) { to.subscribe(ClientId{2}, "news"); });

    publish_by(next, "news", "from the new one");

    EXPECT_EQ(ana.hears(), "from the new one");
    EXPECT_EQ(ben.hears(), "from the new one");
    publish("news", "from the old one");
    EXPECT_EQ(ana.hears(), "from the old one");
    EXPECT_EQ(ben.hears(), "from the old one");
}

TEST_F(TopicsOfGateway, of_two_projects_never_meet) {
    start(1);
    ScriptedWorker other;
    ProjectRules second = rules;
    second.name = "q";
    gateway->set_project(second, 7, other.connect(1));
    settle();
    WsClient ana(endpoint, "/p"), ben(endpoint, "/q");
    subscribe(1, "news");
    other.heard("opened 2 ");
    other.say([](link::ActionSink& to) {
        to.subscribe(ClientId{2}, "news");
        to.subscribe(ClientId{1}, "news");  // Another project's client, which it cannot know is none of its own.
    });

    publish_by(other, "news", "of q");
    EXPECT_EQ(ben.hears(), "of q");
    publish("news", "of p");

    EXPECT_EQ(ana.hears(), "of p");
    EXPECT_FALSE(has_reported("violation "));
}

TEST_F(TopicsOfGateway, stay_with_a_client_that_outlives_its_worker_and_are_told_to_the_next) {
    rules.survival = Survival::stateless;
    start(1);
    WsClient ana(endpoint, "/p");
    subscribe(1, "news");
    subscribe(1, "sports");
    publish("sports", "is there");
    EXPECT_EQ(ana.hears(), "is there");
    worker.die();
    gateway->worker_lost("p", 1, {});
    settle();

    ScriptedWorker next;
    bring(next, 2);

    EXPECT_NE(next.heard("resumed 1 "), "");
    EXPECT_EQ(next.heard("subscribed 1 news"), "subscribed 1 news");
    EXPECT_EQ(next.heard("subscribed 1 sports"), "subscribed 1 sports");
    publish_by(next, "news", "goes on");
    EXPECT_EQ(ana.hears(), "goes on");
}

TEST_F(TopicsOfGateway, are_as_many_for_a_client_as_its_generation_was_told) {
    rules.subscriptions = 2;
    start(1);
    WsClient ana(endpoint, "/p");
    for (const char* topic : {"a", "b", "c"}) subscribe(1, topic);

    for (const char* topic : {"c", "b", "a"}) publish(topic, topic);

    EXPECT_EQ(ana.hears(), "b");
    EXPECT_EQ(ana.hears(), "a");
}

TEST_F(TopicsOfGateway, whose_names_are_not_utf8_are_a_violation) {
    start(1);
    WsClient ana(endpoint, "/p");
    EXPECT_EQ(violation_after([](link::ActionSink& to) { to.subscribe(ClientId{1}, "\xff"); }),
              "violation p 1 it named a topic that is not UTF-8");
}

TEST_F(TopicsOfGateway, with_text_that_is_not_utf8_are_a_violation) {
    start(1);
    EXPECT_EQ(violation_after([](link::ActionSink& to) {
                  to.publish({.topic = "t", .kind = link::Kind::text, .payload = "\xff", .except = {}});
              }),
              "violation p 1 it published text that is not UTF-8");
}

TEST_F(TopicsOfGateway, for_a_client_of_another_lane_are_a_violation) {
    start(1);
    EXPECT_EQ(violation_after([](link::ActionSink& to) { to.subscribe(make_client_id({.thread = 5, .slot = 1}), "t"); }),
              "violation p 1 it named client 5242881 on the lane of another I/O thread");
}

}  // namespace berth::host::gateway::testing
