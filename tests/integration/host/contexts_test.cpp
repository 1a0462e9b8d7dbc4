// SPDX-License-Identifier: MIT
/// SEMANTICS: contexts, events (message, disconnection), the client's facts.
#include "integration/host/suite.hpp"

namespace berth::test {

using testing::HasSubstr;
using testing::StartsWith;

class Contexts : public BothIsolations {
protected:
    TestHost host_{with({fixture_project("witness")}, "[project.witness.settings]\nmotd = \"hello\"\n")};
};
BERTH_BOTH_ISOLATIONS(Contexts);

TEST_P(Contexts, every_client_has_its_own_globals) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");

    EXPECT_EQ(ask(ana, "count"), "1");
    EXPECT_EQ(ask(ana, "count"), "2");
    EXPECT_EQ(ask(ben, "count"), "1");
    EXPECT_EQ(ask(ana, "count"), "3");
}

TEST_P(Contexts, globals_are_fresh_for_who_comes_again) {
    {
        auto ana = host_.connect("/witness");
        EXPECT_EQ(ask(ana, "count"), "1");
    }
    auto ana = host_.connect("/witness");

    EXPECT_EQ(ask(ana, "count"), "1");
}

TEST_P(Contexts, messages_of_one_client_are_done_one_at_a_time_and_in_order) {
    auto ana = host_.connect("/witness");
    for (const auto* command : {"sleep 300", "count", "echo a", "sleep 100", "count"}) ana.says(command);

    for (const auto* answer : {"slept", "1", "a", "slept", "2"}) EXPECT_EQ(ana.hears(), answer);
}

TEST_P(Contexts, a_handler_that_sleeps_delays_no_other_client) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");
    ana.says("sleep " + std::to_string(3000 * patience));

    for (int i = 0; i < 50; ++i) EXPECT_EQ(ask(ben, "echo " + std::to_string(i)), std::to_string(i));

    EXPECT_FALSE(ana.has_message(Deadline{std::chrono::milliseconds{0}})) << "50 echoes took longer than the sleep";
    EXPECT_EQ(ana.hears(Deadline{std::chrono::seconds{20}}), "slept");
}

TEST_P(Contexts, texts_and_buffers_arrive_as_what_they_are) {
    auto ana = host_.connect("/witness");
    ana.sends(std::string_view{"\x00\xFF\x80", 3});

    const auto answer = ana.next();

    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer, (Message{.is_text = false, .payload = std::string{"\x00\xFF\x80", 3}}));
}

TEST_P(Contexts, an_event_that_fails_closes_its_client_with_1011_and_nobody_else) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");
    ana.says("throw out of coffee");

    EXPECT_EQ(ana.closed().code, 1011u);

    EXPECT_EQ(ask(ben, "echo still here"), "still here");
    EXPECT_TRUE(host_.logs("out of coffee"));
    EXPECT_TRUE(eventually([&] { return Events{host_}.count("gone") == 1; }));
    EXPECT_THAT(Events{host_}.rest("gone ").at(0), HasSubstr(" 1011 8"));  // BERTH_BY_ERROR
}

TEST_P(Contexts, transactions_temporary_tables_and_last_ids_belong_to_one_context) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");
    ASSERT_EQ(ask(ana, "db create table if not exists notes (id integer primary key, text text)"), "done");
    ASSERT_EQ(ask(ana, "db insert into notes (text) values ('a'), ('b'), ('c')"), "done");

    EXPECT_EQ(ask(ana, "last"), "3");
    EXPECT_EQ(ask(ben, "last"), "0");
    ASSERT_EQ(ask(ana, "db create temp table mine (text text)"), "done");
    ASSERT_EQ(ask(ben, "db create temp table mine (text text)"), "done")
        << "both may have one of the same name";
    ASSERT_EQ(ask(ana, "db insert into mine values ('of ana')"), "done");
    EXPECT_EQ(ask(ana, "ask select text from mine"), "of ana");
    EXPECT_EQ(ask(ben, "ask select text from mine"), "nothing");
    ASSERT_EQ(ask(ana, "db pragma cache_size = 77"), "done");
    EXPECT_NE(ask(ben, "ask select cast(cache_size as text) from pragma_cache_size"), "77");
}

TEST_P(Contexts, a_transaction_left_open_is_rolled_back_and_stops_nobody) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness");
    ASSERT_EQ(ask(ana, "db create table notes (text text)"), "done");
    ASSERT_EQ(ask(ana, "open insert into notes values ('forgotten')"), "open");

    EXPECT_EQ(ask(ben, "db insert into notes values ('kept')"), "done");

    EXPECT_EQ(ask(ana, "ask select group_concat(text) from notes"), "kept");
    EXPECT_TRUE(host_.logs("roll"));
}

TEST_P(Contexts, the_clients_facts_are_readable) {
    WsClient ana{host_.wss(),
                 "/witness/some/where?a=1&b=x%20y&a=2",
                 {{"Origin", "https://127.0.0.1"},
                  {"X-Twice", "one"},
                  {"X-Twice", "two"},
                  {"Cookie", "taste=sweet; size=big"}}};
    const std::map<std::string, std::string> expected{{"path", "/witness/some/where"},
                                                      {"query", "a=1&b=x%20y&a=2"},
                                                      {"origin", "https://127.0.0.1"},
                                                      {"address", "127.0.0.1"},
                                                      {"port", std::to_string(ana.raw().local_port())},
                                                      {"header:x-twice", "one"},
                                                      {"headers:X-TWICE", "[one][two]"},
                                                      {"header:X-None", "(none)"},
                                                      {"query:b", "x y"},
                                                      {"query:a", "1"},
                                                      {"query:c", "(none)"},
                                                      {"cookie:taste", "sweet"},
                                                      {"cookie:size", "big"},
                                                      {"cookie:none", "(none)"},
                                                      {"subprotocol", "(none)"},
                                                      {"user", "(none)"},
                                                      {"tls", "TLSv1.3"}};

    for (const auto& [name, value] : expected) EXPECT_EQ(ask(ana, "fact " + name), value) << name;

    EXPECT_GT(std::stoull(ask(ana, "fact messages_in")), expected.size() - 1);
    EXPECT_GT(std::stoull(ask(ana, "fact connected_at_ms")), 1'700'000'000'000u);
    auto ben = host_.connect("/witness");
    EXPECT_EQ(ask(ben, "fact tls"), "(none)");
}

TEST_P(Contexts, the_operators_settings_are_readable) {
    auto ana = host_.connect("/witness");

    EXPECT_EQ(ask(ana, "setting motd"), "hello");
    EXPECT_EQ(ask(ana, "setting none"), "(none)");
}

TEST_P(Contexts, each_context_is_made_before_connection_and_destroyed_after_disconnection) {
    std::string id;
    {
        auto ana = host_.connect("/witness");
        id = ask(ana, "id");
        ana.closes(4321, "thanks");
        ana.closed();
    }
    ASSERT_TRUE(eventually([&] { return Events{host_}.count("destroy " + id) == 1; }));

    const Events events{host_};
    EXPECT_THAT(events.lines().at(events.first("gone " + id)), StartsWith("gone " + id + " 4321 1 thanks"));
    EXPECT_LT(events.first("create " + id), events.first("connection " + id));
    EXPECT_LT(events.first("connection " + id), events.first("gone " + id));
    EXPECT_LT(events.first("gone " + id), events.first("destroy " + id));
    EXPECT_EQ(events.count("SENT") + events.count("UNREADABLE"), 0u);
}

}  // namespace berth::test
