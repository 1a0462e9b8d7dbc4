// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "support/temp_dir.hpp"
#include "unit/plugins/shipped.hpp"

namespace berth::test {

namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A chat in which everybody has joined "lobby" and read what came of it.
class Chat : public ::testing::Test {
protected:
    TestClient joins(std::string_view nick, std::string_view room = "lobby") {
        auto client = host_.connect();
        says(client, {{"do", "join"}, {"room", room}, {"nick", nick}});
        return client;
    }
    static void says(TestClient& client, const json& what) { client.says(what.dump()); }
    static void forget_all(std::initializer_list<TestClient> clients) {
        for (auto client : clients) client.heard();
    }
    static std::string error_of(TestClient& client) {
        const auto heard = heard_by(client);
        return heard.size() == 1 && heard[0].at("is") == "error" ? heard[0].at("text") : "<no error>";
    }

    TestHost host_{std::filesystem::path(CHAT_LIBRARY),
                   {.settings = {{"motd", "welcome aboard"}, {"shown", 3}, {"kept", 5}}}};
};

}  // namespace

TEST_F(Chat, welcomes_with_the_rooms_and_how_full_they_are) {
    joins("ana");
    joins("ben");
    joins("cleo", "quiet");

    auto dora = host_.connect();

    EXPECT_THAT(heard_by(dora),
                ElementsAre(json{
                    {"is", "welcome"}, {"motd", "welcome aboard"}, {"rooms", {{"lobby", 2}, {"quiet", 1}}}}));
}

TEST_F(Chat, what_one_says_everybody_in_the_room_hears_and_nobody_else) {
    auto ana = joins("ana"), ben = joins("ben"), cleo = joins("cleo", "quiet");
    forget_all({ana, ben, cleo});

    says(ana, {{"do", "say"}, {"text", "hi <b>all</b>"}});

    const auto heard = heard_by(ben);
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].at("is"), "said");
    EXPECT_EQ(heard[0].at("nick"), "ana");
    EXPECT_EQ(heard[0].at("text"), "hi <b>all</b>");
    EXPECT_EQ(heard_by(ana), heard);
    EXPECT_THAT(cleo.heard(), IsEmpty());
}

TEST_F(Chat, shows_who_is_there_when_somebody_comes_or_goes) {
    auto ana = joins("ana");
    ana.heard();

    auto ben = joins("ben");
    EXPECT_THAT(heard_by(ana),
                ElementsAre(json{{"is", "people"}, {"room", "lobby"}, {"people", {"ana", "ben"}}}));
    ben.leaves();
    EXPECT_THAT(heard_by(ana),
                ElementsAre(json{{"is", "people"}, {"room", "lobby"}, {"people", {"ana"}}}));
}

TEST_F(Chat, changing_the_room_tells_both_rooms) {
    auto ana = joins("ana"), ben = joins("ben"), cleo = joins("cleo", "quiet");
    forget_all({ana, ben, cleo});

    says(ben, {{"do", "join"}, {"room", "quiet"}, {"nick", "ben"}});

    EXPECT_THAT(heard_by(ana),
                ElementsAre(json{{"is", "people"}, {"room", "lobby"}, {"people", {"ana"}}}));
    EXPECT_THAT(heard_by(cleo),
                ElementsAre(json{{"is", "people"}, {"room", "quiet"}, {"people", {"ben", "cleo"}}}));
}

TEST_F(Chat, shows_the_last_lines_of_the_room_to_who_joins) {
    auto ana = joins("ana");
    for (const auto* text : {"one", "two", "three", "four"}) says(ana, {{"do", "say"}, {"text", text}});

    auto ben = joins("ben");

    const auto heard = heard_by(ben);
    ASSERT_GE(heard.size(), 2u);
    ASSERT_EQ(heard[1].at("is"), "joined");
    std::vector<std::string> texts;
    for (const auto& line : heard[1].at("history")) texts.push_back(line.at("text"));
    EXPECT_THAT(texts, ElementsAre("two", "three", "four"));
}

TEST(ChatHistory, outlives_the_host) {
    TempDir directory;
    const std::filesystem::path library = CHAT_LIBRARY;
    {
        TestHost host{library, {.directory = directory.path()}};
        auto ana = host.connect();
        ana.says(R"({"do":"join","room":"lobby","nick":"ana"})");
        ana.says(R"({"do":"say","text":"remember me"})");
    }

    TestHost host{library, {.directory = directory.path()}};
    auto ben = host.connect();
    ben.says(R"({"do":"join","room":"lobby","nick":"ben"})");

    EXPECT_EQ(heard_by(ben).at(1).at("history").at(0).at("text"), "remember me");
}

TEST_F(Chat, keeps_no_more_lines_than_configured) {
    auto ana = joins("ana");
    for (int i = 0; i < 8; ++i) says(ana, {{"do", "say"}, {"text", std::to_string(i)}});

    host_.run_global_service();

    EXPECT_EQ(host_.sql("select count(*) from history"), "5");
    EXPECT_EQ(host_.sql("select text from history order by id desc limit 1"), "7");
}

TEST_F(Chat, a_name_is_free_or_refused) {
    joins("ana");
    auto ben = host_.connect();
    ben.heard();

    says(ben, {{"do", "join"}, {"room", "lobby"}, {"nick", "ana"}});

    EXPECT_EQ(error_of(ben), "somebody in lobby is called ana already");
}

TEST_F(Chat, names_are_held_to_their_rules) {
    auto ana = host_.connect();
    ana.heard();
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "a name has 1 to 24 characters"},
        {std::string(25, 'x'), "a name has 1 to 24 characters"},
        {" ana", "a name neither begins nor ends with a blank"},
        {"an\na", "a name has no control characters"}};

    for (const auto& [nick, sentence] : cases) {
        says(ana, {{"do", "join"}, {"room", "lobby"}, {"nick", nick}});
        EXPECT_EQ(error_of(ana), sentence);
    }

    std::string longest;
    for (int i = 0; i < 24; ++i) longest += "\xC3\xA4";
    says(ana, {{"do", "join"}, {"room", "lobby"}, {"nick", longest}});
    EXPECT_EQ(heard_by(ana).at(0).at("is"), "joined");
}

TEST_F(Chat, what_is_no_request_gets_a_sentence_and_breaks_nothing) {
    auto ana = joins("ana");
    ana.heard();
    for (const auto* text : {"", "hello", "[1]", "{\"do\":", "17", "null"}) {
        EXPECT_TRUE(ana.says(text));
        EXPECT_EQ(error_of(ana), "messages are JSON objects, as text") << text;
    }
    EXPECT_THAT(host_.failures(), IsEmpty());
    ana.says(berth::buffer(std::string("{}")));
    EXPECT_EQ(error_of(ana), "messages are JSON objects, as text");

    says(ana, {{"do", "dance"}});
    EXPECT_EQ(error_of(ana), "\"do\" is one of join, say, leave");
    says(ana, {{"do", 5}});
    EXPECT_EQ(error_of(ana), "\"do\" is one of join, say, leave");
    says(ana, {{"do", "say"}, {"text", std::string(2001, 'x')}});
    EXPECT_EQ(error_of(ana), "a text has 1 to 2000 bytes");
}

TEST_F(Chat, saying_something_before_joining_is_refused) {
    auto ana = host_.connect();
    ana.heard();

    says(ana, {{"do", "say"}, {"text", "hi"}});

    EXPECT_EQ(error_of(ana), "join a room first");
}

TEST_F(Chat, who_says_too_much_at_once_is_slowed_down_and_others_are_not) {
    auto ana = joins("ana"), ben = joins("ben");
    for (int i = 0; i < 30; ++i) says(ana, {{"do", "say"}, {"text", "spam"}});
    EXPECT_EQ(heard_by(ana).back(), (json{{"is", "error"}, {"text", "slower, please"}}));
    ben.heard();

    says(ben, {{"do", "say"}, {"text", "calm"}});

    EXPECT_EQ(heard_by(ben).at(0).at("text"), "calm");
}

TEST_F(Chat, an_administrator_announces_to_everybody) {
    auto ana = joins("ana"), ben = joins("ben", "quiet"), cleo = host_.connect();
    forget_all({ana, ben, cleo});

    EXPECT_TRUE(host_.execute_global("announce", {"back in five minutes"}).is_ok());

    for (auto client : {ana, ben, cleo}) {
        const auto heard = heard_by(client);
        ASSERT_EQ(heard.size(), 1u);
        EXPECT_EQ(heard[0].at("is"), "notice");
        EXPECT_EQ(heard[0].at("text"), "back in five minutes");
    }
}

TEST_F(Chat, leaving_the_room_leaves_the_connection) {
    auto ana = joins("ana"), ben = joins("ben");
    forget_all({ana, ben});

    says(ana, {{"do", "leave"}});
    says(ben, {{"do", "say"}, {"text", "hi"}});

    EXPECT_THAT(ana.heard(), IsEmpty());
    EXPECT_EQ(heard_by(ben).at(0), (json{{"is", "people"}, {"room", "lobby"}, {"people", {"ben"}}}));
}

}  // namespace berth::test
