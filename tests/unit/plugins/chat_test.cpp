// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "support/temp_dir.hpp"
#include "unit/plugins/fake_host.hpp"

namespace berth::test {

namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

/// A chat in which everybody has joined "lobby" and read what came of it.
class Chat : public testing::Test {
protected:
    berth_client_id joins(std::string_view nick, std::string_view room = "lobby") {
        const auto client = host_.connect();
        says(client, {{"do", "join"}, {"room", room}, {"nick", nick}});
        return client;
    }
    void says(berth_client_id client, const json& what) { host_.text(client, what.dump()); }
    void forget_all(std::initializer_list<berth_client_id> clients) {
        for (const auto client : clients) host_.sent(client);
    }
    std::string error_of(berth_client_id client) {
        const auto heard = host_.heard(client);
        return heard.size() == 1 && heard[0].at("is") == "error" ? heard[0].at("text") : "<no error>";
    }

    FakeHost host_{CHAT_LIBRARY, {{"motd", "welcome aboard"}, {"shown", "3"}, {"kept", "5"}}};
};

}  // namespace

TEST_F(Chat, welcomes_with_the_rooms_and_how_full_they_are) {
    joins("ana");
    joins("ben");
    joins("cleo", "quiet");

    const auto dora = host_.connect();

    EXPECT_THAT(host_.heard(dora),
                ElementsAre(json{
                    {"is", "welcome"}, {"motd", "welcome aboard"}, {"rooms", {{"lobby", 2}, {"quiet", 1}}}}));
}

TEST_F(Chat, what_one_says_everybody_in_the_room_hears_and_nobody_else) {
    const auto ana = joins("ana"), ben = joins("ben"), cleo = joins("cleo", "quiet");
    forget_all({ana, ben, cleo});

    says(ana, {{"do", "say"}, {"text", "hi <b>all</b>"}});

    const auto heard = host_.heard(ben);
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].at("is"), "said");
    EXPECT_EQ(heard[0].at("nick"), "ana");
    EXPECT_EQ(heard[0].at("text"), "hi <b>all</b>");
    EXPECT_EQ(host_.heard(ana), heard);
    EXPECT_THAT(host_.sent(cleo), IsEmpty());
}

TEST_F(Chat, shows_who_is_there_when_somebody_comes_or_goes) {
    const auto ana = joins("ana");
    host_.sent(ana);

    const auto ben = joins("ben");
    EXPECT_THAT(host_.heard(ana),
                ElementsAre(json{{"is", "people"}, {"room", "lobby"}, {"people", {"ana", "ben"}}}));
    host_.disconnect(ben);
    EXPECT_THAT(host_.heard(ana),
                ElementsAre(json{{"is", "people"}, {"room", "lobby"}, {"people", {"ana"}}}));
}

TEST_F(Chat, changing_the_room_tells_both_rooms) {
    const auto ana = joins("ana"), ben = joins("ben"), cleo = joins("cleo", "quiet");
    forget_all({ana, ben, cleo});

    says(ben, {{"do", "join"}, {"room", "quiet"}, {"nick", "ben"}});

    EXPECT_THAT(host_.heard(ana),
                ElementsAre(json{{"is", "people"}, {"room", "lobby"}, {"people", {"ana"}}}));
    EXPECT_THAT(host_.heard(cleo),
                ElementsAre(json{{"is", "people"}, {"room", "quiet"}, {"people", {"ben", "cleo"}}}));
}

TEST_F(Chat, shows_the_last_lines_of_the_room_to_who_joins) {
    const auto ana = joins("ana");
    for (const auto* text : {"one", "two", "three", "four"}) says(ana, {{"do", "say"}, {"text", text}});

    const auto ben = joins("ben");

    const auto heard = host_.heard(ben);
    ASSERT_GE(heard.size(), 2u);
    ASSERT_EQ(heard[1].at("is"), "joined");
    std::vector<std::string> texts;
    for (const auto& line : heard[1].at("history")) texts.push_back(line.at("text"));
    EXPECT_THAT(texts, ElementsAre("two", "three", "four"));
}

TEST(ChatHistory, outlives_the_host) {
    TempDir directory;
    const std::string file = directory / "chat.sqlite";
    {
        FakeHost host{CHAT_LIBRARY, {}, file};
        const auto ana = host.connect();
        host.text(ana, R"({"do":"join","room":"lobby","nick":"ana"})");
        host.text(ana, R"({"do":"say","text":"remember me"})");
    }

    FakeHost host{CHAT_LIBRARY, {}, file};
    const auto ben = host.connect();
    host.text(ben, R"({"do":"join","room":"lobby","nick":"ben"})");

    EXPECT_EQ(host.heard(ben).at(1).at("history").at(0).at("text"), "remember me");
}

TEST_F(Chat, keeps_no_more_lines_than_configured) {
    const auto ana = joins("ana");
    for (int i = 0; i < 8; ++i) says(ana, {{"do", "say"}, {"text", std::to_string(i)}});

    host_.run_global_service();

    EXPECT_EQ(host_.database().value("select count(*) from history"), "5");
    EXPECT_EQ(host_.database().value("select text from history order by id desc limit 1"), "7");
}

TEST_F(Chat, a_name_is_free_or_refused) {
    joins("ana");
    const auto ben = host_.connect();
    host_.sent(ben);

    says(ben, {{"do", "join"}, {"room", "lobby"}, {"nick", "ana"}});

    EXPECT_EQ(error_of(ben), "somebody in lobby is called ana already");
}

TEST_F(Chat, names_are_held_to_their_rules) {
    const auto ana = host_.connect();
    host_.sent(ana);
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
    EXPECT_EQ(host_.heard(ana).at(0).at("is"), "joined");
}

TEST_F(Chat, what_is_no_request_gets_a_sentence_and_breaks_nothing) {
    const auto ana = joins("ana");
    host_.sent(ana);
    for (const auto* text : {"", "hello", "[1]", "{\"do\":", "17", "null"}) {
        EXPECT_EQ(host_.text(ana, text), BERTH_OK);
        EXPECT_EQ(error_of(ana), "messages are JSON objects, as text") << text;
    }
    host_.buffer(ana, "{}");
    EXPECT_EQ(error_of(ana), "messages are JSON objects, as text");

    says(ana, {{"do", "dance"}});
    EXPECT_EQ(error_of(ana), "\"do\" is one of join, say, leave");
    says(ana, {{"do", 5}});
    EXPECT_EQ(error_of(ana), "\"do\" is one of join, say, leave");
    says(ana, {{"do", "say"}, {"text", std::string(2001, 'x')}});
    EXPECT_EQ(error_of(ana), "a text has 1 to 2000 bytes");
}

TEST_F(Chat, saying_something_before_joining_is_refused) {
    const auto ana = host_.connect();
    host_.sent(ana);

    says(ana, {{"do", "say"}, {"text", "hi"}});

    EXPECT_EQ(error_of(ana), "join a room first");
}

TEST_F(Chat, who_says_too_much_at_once_is_slowed_down_and_others_are_not) {
    const auto ana = joins("ana"), ben = joins("ben");
    for (int i = 0; i < 30; ++i) says(ana, {{"do", "say"}, {"text", "spam"}});
    EXPECT_EQ(host_.heard(ana).back(), (json{{"is", "error"}, {"text", "slower, please"}}));
    host_.sent(ben);

    says(ben, {{"do", "say"}, {"text", "calm"}});

    EXPECT_EQ(host_.heard(ben).at(0).at("text"), "calm");
}

TEST_F(Chat, an_administrator_announces_to_everybody) {
    const auto ana = joins("ana"), ben = joins("ben", "quiet"), cleo = host_.connect();
    forget_all({ana, ben, cleo});

    EXPECT_EQ(host_.execute(0, "announce", {text_value("back in five minutes")}), BERTH_OK);

    for (const auto client : {ana, ben, cleo}) {
        const auto heard = host_.heard(client);
        ASSERT_EQ(heard.size(), 1u);
        EXPECT_EQ(heard[0].at("is"), "notice");
        EXPECT_EQ(heard[0].at("text"), "back in five minutes");
    }
}

TEST_F(Chat, only_announce_is_for_the_administrator) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < host_.project().procedure_count; ++i) {
        const auto& procedure = host_.project().procedures[i];
        if ((procedure.flags & BERTH_PROCEDURE_ADMIN) != 0)
            names.emplace_back(procedure.name.data, procedure.name.size);
    }

    EXPECT_THAT(names, ElementsAre("announce"));
}

TEST_F(Chat, leaving_the_room_leaves_the_connection) {
    const auto ana = joins("ana"), ben = joins("ben");
    forget_all({ana, ben});

    says(ana, {{"do", "leave"}});
    says(ben, {{"do", "say"}, {"text", "hi"}});

    EXPECT_THAT(host_.sent(ana), IsEmpty());
    EXPECT_EQ(host_.heard(ben).at(0), (json{{"is", "people"}, {"room", "lobby"}, {"people", {"ben"}}}));
}

}  // namespace berth::test
