// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "unit/plugins/shipped.hpp"

namespace berth::test {

namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Ticker : public ::testing::Test {
protected:
    /// A client that has read what it was told at first.
    TestClient connect(const std::string& query = {}) {
        auto client = host_.connect("/ticker?" + query);
        client.heard();
        return client;
    }
    static void says(TestClient& client, const char* what, const char* symbol) {
        client.says(json{{"do", what}, {"symbol", symbol}}.dump());
    }
    /// Prices move by far more than a cent in each step.
    void make_prices_jump() { ASSERT_TRUE(host_.execute_global("volatility", {0.5}).is_ok()); }
    /// The symbols in the prices that a client was sent.
    static std::vector<std::string> priced(TestClient& client) {
        std::vector<std::string> symbols;
        for (const auto& message : heard_by(client)) {
            if (message.at("is") != "prices") continue;
            for (const auto& [symbol, price] : message.at("prices").items()) symbols.push_back(symbol);
        }
        return symbols;
    }
    /// Runs the global service until each of the client's symbols has moved once.
    std::vector<std::string> priced_at_last(TestClient& client, std::size_t count) {
        for (int i = 0; i < 50; ++i) {
            host_.run_global_service();
            auto symbols = priced(client);
            if (symbols.size() == count) return symbols;
        }
        return {};
    }

    TestHost host_{std::filesystem::path(TICKER_LIBRARY)};
};

}  // namespace

TEST_F(Ticker, tells_newcomers_the_symbols_with_their_prices) {
    auto ana = host_.connect();

    const auto heard = heard_by(ana);

    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].at("is"), "symbols");
    ASSERT_EQ(heard[0].at("symbols").size(), 6u);
    EXPECT_EQ(heard[0].at("symbols").at(0).at("symbol"), "ANCR");
    EXPECT_GT(heard[0].at("symbols").at(0).at("price"), 0);
}

TEST_F(Ticker, sends_prices_to_those_whom_the_table_names_and_to_nobody_else) {
    make_prices_jump();
    auto ana = connect(), ben = connect(), cleo = connect();
    says(ana, "watch", "TIDE");
    says(ben, "watch", "TIDE");
    says(ben, "watch", "DOCK");
    for (auto client : {ana, ben, cleo}) client.heard();

    EXPECT_THAT(priced_at_last(ben, 2), ElementsAre("DOCK", "TIDE"));

    for (const auto& symbol : priced(ana)) EXPECT_EQ(symbol, "TIDE");
    EXPECT_THAT(cleo.heard(), IsEmpty());
}

TEST_F(Ticker, sends_the_price_at_once_to_who_begins_to_watch) {
    auto ana = connect();

    says(ana, "watch", "HULL");

    EXPECT_THAT(priced(ana), ElementsAre("HULL"));
}

TEST_F(Ticker, begins_with_the_symbols_that_the_query_names) {
    auto ana = connect("watch=TIDE&x=1&watch=DOCK");

    EXPECT_EQ(host_.sql("select group_concat(symbol) from watcher where client = " +
                                     berth::to_string(ana.id())),
              "DOCK,TIDE");
}

TEST_F(Ticker, stops_when_one_does_not_watch_any_more) {
    make_prices_jump();
    auto ana = connect("watch=TIDE");

    says(ana, "unwatch", "TIDE");
    host_.run_global_service();

    EXPECT_THAT(ana.heard(), IsEmpty());
}

TEST_F(Ticker, each_clients_subscription_is_its_own) {
    auto ana = connect("watch=TIDE"), ben = connect();

    says(ben, "unwatch", "TIDE");
    EXPECT_EQ(heard_by(ben).at(0).at("text"), "you do not watch TIDE");
    says(ana, "watch", "TIDE");
    EXPECT_EQ(heard_by(ana).at(0).at("text"), "you watch TIDE already");
    says(ben, "watch", "TIDE");
    EXPECT_EQ(heard_by(ben).at(0).at("is"), "prices");
}

TEST_F(Ticker, an_unknown_symbol_gets_a_sentence_and_is_not_watched) {
    auto ana = connect();

    says(ana, "watch", "NOPE");
    EXPECT_EQ(heard_by(ana).at(0).at("text"), "there is no symbol NOPE");
    says(ana, "unwatch", "NOPE");
    EXPECT_EQ(heard_by(ana).at(0).at("text"), "you do not watch NOPE");
}

TEST_F(Ticker, what_is_no_request_gets_a_sentence_and_breaks_nothing) {
    auto ana = connect();
    for (const auto* text : {"", "x", "[]", "{}", R"({"symbol":5})", R"({"do":"watch"})"}) {
        EXPECT_TRUE(ana.says(text)) << text;
        EXPECT_EQ(heard_by(ana).at(0).at("is"), "error") << text;
    }
    EXPECT_THAT(host_.failures(), IsEmpty());
    says(ana, "dance", "TIDE");
    EXPECT_EQ(heard_by(ana).at(0).at("text"), "\"do\" is one of watch, unwatch");
}

TEST_F(Ticker, the_parameter_in_the_table_rules_how_prices_move) {
    const auto before = host_.sql("select group_concat(price) from symbol");
    ASSERT_TRUE(host_.execute_global("volatility", {0.0}).is_ok());
    const auto still = host_.sql("select group_concat(price) from symbol");
    host_.run_global_service();
    EXPECT_EQ(host_.sql("select group_concat(price) from symbol"), still);

    make_prices_jump();
    host_.run_global_service();

    EXPECT_NE(host_.sql("select group_concat(price) from symbol"), before);
}

TEST_F(Ticker, refuses_a_parameter_that_makes_no_sense) {
    EXPECT_EQ(host_.execute_global("volatility", {-1.0}).sentence, "volatility is from 0 to 0.5");
    EXPECT_EQ(host_.execute_global("volatility", {"much"}).status, Status::invalid);
}

TEST_F(Ticker, forgets_who_has_gone) {
    auto ana = connect("watch=TIDE&watch=DOCK");

    ana.leaves();

    EXPECT_EQ(host_.sql("select count(*) from watcher"), "0");
}

}  // namespace berth::test
