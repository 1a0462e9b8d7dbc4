// SPDX-License-Identifier: MIT
/// The shipped projects on a real host.
#include "integration/host/suite.hpp"

namespace berth::test {

using nlohmann::json;

class Shipped : public BothIsolations {
protected:
    static HostOptions all() {
        return with(
            {shipped_project("echo"), shipped_project("chat"), shipped_project("ticker")},
            "[project.chat.settings]\nmotd = \"welcome aboard\"\n[project.ticker]\ninterval = \"50 ms\"\n");
    }
    static json hears(WsClient& client) { return json::parse(client.hears(), nullptr, false); }
    /// Lets messages pass until one of that kind comes.
    static json hears(WsClient& client, std::string_view is) {
        while (const auto message = client.next()) {
            const auto heard = json::parse(message->payload, nullptr, false);
            if (heard.value("is", "") == is) return heard;
        }
        ADD_FAILURE() << "no " << is << " came";
        return json::object();
    }
    static WsClient join(const TestHost& host, std::string_view nick, json& joined) {
        WsClient client{host.ws(), "/chat"};
        client.says(json{{"do", "join"}, {"room", "lobby"}, {"nick", nick}}.dump());
        joined = hears(client, "joined");
        return client;
    }
};
BERTH_BOTH_ISOLATIONS(Shipped);

TEST_P(Shipped, chat_carries_what_one_says_to_the_others_and_remembers_it_after_a_restart) {
    TestHost host{all()};
    json joined;
    {
        auto ana = join(host, "ana", joined), ben = join(host, "ben", joined);
        ana.says(R"({"do":"say","text":"remember me"})");
        EXPECT_EQ(hears(ben, "said").at("text"), "remember me");
        EXPECT_EQ(hears(ana, "said").at("nick"), "ana");
    }

    host.restart();
    auto cleo = join(host, "cleo", joined);

    ASSERT_EQ(joined.at("history").size(), 1u);
    EXPECT_EQ(joined.at("history").at(0).at("text"), "remember me");
    EXPECT_EQ(joined.at("history").at(0).at("nick"), "ana");
}

TEST_P(Shipped, chat_welcomes_with_the_operators_words_and_announces_the_administrators) {
    TestHost host{all()};
    auto ana = host.connect("/chat"), ben = host.connect("/chat");
    EXPECT_EQ(hears(ana).at("motd"), "welcome aboard");
    hears(ben);

    const auto result = host.cli({"execute", "chat", "announce", "text:back soon"});

    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(hears(ana).at("text"), "back soon");
    EXPECT_EQ(hears(ben).at("text"), "back soon");
}

TEST_P(Shipped, chat_takes_who_vanishes_out_of_the_room) {
    TestHost host{all()};
    json joined;
    auto ana = join(host, "ana", joined), ben = join(host, "ben", joined);
    EXPECT_EQ(hears(ana, "people").at("people"), (json{"ana"}));
    EXPECT_EQ(hears(ana, "people").at("people"), (json{"ana", "ben"}));

    ben.raw().reset();

    EXPECT_EQ(hears(ana, "people").at("people"), (json{"ana"}));
}

TEST_P(Shipped, ticker_sends_prices_by_itself_to_those_who_watch) {
    TestHost host{all()};
    auto ana = host.connect("/ticker?watch=TIDE"), ben = host.connect("/ticker");
    EXPECT_EQ(hears(ana).at("symbols").size(), 6u);
    hears(ben);

    for (int i = 0; i < 5; ++i) EXPECT_TRUE(hears(ana, "prices").at("prices").contains("TIDE"));

    EXPECT_FALSE(ben.has_message(Deadline{std::chrono::milliseconds{0}}));
}

TEST_P(Shipped, ticker_obeys_the_parameter_that_an_administrator_sets) {
    TestHost host{all()};
    auto ana = host.connect("/ticker?watch=TIDE");
    hears(ana, "prices");

    const auto result = host.cli({"execute", "ticker", "volatility", "real:0.4"});

    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_TRUE(eventually([&] {
        return std::abs(hears(ana, "prices").at("prices").at("TIDE").at("change").get<double>()) > 10;
    }));
    EXPECT_EQ(host.cli({"execute", "ticker", "volatility", "real:7"}).exit_code, 1);
}

}  // namespace berth::test
