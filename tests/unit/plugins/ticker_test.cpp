// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "unit/plugins/fake_host.hpp"

namespace berth::test {

namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

class Ticker : public testing::Test {
protected:
    /// A client that has read what it was told at first.
    berth_client_id connect(std::string_view query = {}) {
        const auto client = host_.connect(query);
        host_.sent(client);
        return client;
    }
    void says(berth_client_id client, const char* what, const char* symbol) {
        host_.text(client, json{{"do", what}, {"symbol", symbol}}.dump());
    }
    /// Prices move by far more than a cent in each step.
    void make_prices_jump() { ASSERT_EQ(host_.execute(0, "volatility", {real_value(0.5)}), BERTH_OK); }
    /// The symbols in the prices that a client was sent.
    std::vector<std::string> priced(berth_client_id client) {
        std::vector<std::string> symbols;
        for (const auto& message : host_.heard(client)) {
            if (message.at("is") != "prices") continue;
            for (const auto& [symbol, price] : message.at("prices").items()) symbols.push_back(symbol);
        }
        return symbols;
    }
    /// Runs the global service until each of the client's symbols has moved once.
    std::vector<std::string> priced_at_last(berth_client_id client, std::size_t count) {
        for (int i = 0; i < 50; ++i) {
            host_.run_global_service();
            auto symbols = priced(client);
            if (symbols.size() == count) return symbols;
        }
        return {};
    }

    FakeHost host_{TICKER_LIBRARY};
};

}  // namespace

TEST_F(Ticker, tells_newcomers_the_symbols_with_their_prices) {
    const auto ana = host_.connect();

    const auto heard = host_.heard(ana);

    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].at("is"), "symbols");
    ASSERT_EQ(heard[0].at("symbols").size(), 6u);
    EXPECT_EQ(heard[0].at("symbols").at(0).at("symbol"), "ANCR");
    EXPECT_GT(heard[0].at("symbols").at(0).at("price"), 0);
}

TEST_F(Ticker, sends_prices_to_those_whom_the_table_names_and_to_nobody_else) {
    make_prices_jump();
    const auto ana = connect(), ben = connect(), cleo = connect();
    says(ana, "watch", "TIDE");
    says(ben, "watch", "TIDE");
    says(ben, "watch", "DOCK");
    for (const auto client : {ana, ben, cleo}) host_.sent(client);

    EXPECT_THAT(priced_at_last(ben, 2), ElementsAre("DOCK", "TIDE"));

    for (const auto& symbol : priced(ana)) EXPECT_EQ(symbol, "TIDE");
    EXPECT_THAT(host_.sent(cleo), IsEmpty());
}

TEST_F(Ticker, sends_the_price_at_once_to_who_begins_to_watch) {
    const auto ana = connect();

    says(ana, "watch", "HULL");

    EXPECT_THAT(priced(ana), ElementsAre("HULL"));
}

TEST_F(Ticker, begins_with_the_symbols_that_the_query_names) {
    const auto ana = connect("watch=TIDE&x=1&watch=DOCK");

    EXPECT_EQ(host_.database().value("select group_concat(symbol) from watcher where client = " +
                                     std::to_string(ana)),
              "DOCK,TIDE");
}

TEST_F(Ticker, stops_when_one_does_not_watch_any_more) {
    make_prices_jump();
    const auto ana = connect("watch=TIDE");

    says(ana, "unwatch", "TIDE");
    host_.run_global_service();

    EXPECT_THAT(host_.sent(ana), IsEmpty());
}

TEST_F(Ticker, each_clients_subscription_is_its_own) {
    const auto ana = connect("watch=TIDE"), ben = connect();

    says(ben, "unwatch", "TIDE");
    EXPECT_EQ(host_.heard(ben).at(0).at("text"), "you do not watch TIDE");
    says(ana, "watch", "TIDE");
    EXPECT_EQ(host_.heard(ana).at(0).at("text"), "you watch TIDE already");
    says(ben, "watch", "TIDE");
    EXPECT_EQ(host_.heard(ben).at(0).at("is"), "prices");
}

TEST_F(Ticker, an_unknown_symbol_gets_a_sentence_and_is_not_watched) {
    const auto ana = connect();

    says(ana, "watch", "NOPE");
    EXPECT_EQ(host_.heard(ana).at(0).at("text"), "there is no symbol NOPE");
    says(ana, "unwatch", "NOPE");
    EXPECT_EQ(host_.heard(ana).at(0).at("text"), "you do not watch NOPE");
}

TEST_F(Ticker, what_is_no_request_gets_a_sentence_and_breaks_nothing) {
    const auto ana = connect();
    for (const auto* text : {"", "x", "[]", "{}", R"({"symbol":5})", R"({"do":"watch"})"}) {
        EXPECT_EQ(host_.text(ana, text), BERTH_OK) << text << ": " << host_.error();
        EXPECT_EQ(host_.heard(ana).at(0).at("is"), "error") << text;
    }
    says(ana, "dance", "TIDE");
    EXPECT_EQ(host_.heard(ana).at(0).at("text"), "\"do\" is one of watch, unwatch");
}

TEST_F(Ticker, the_parameter_in_the_table_rules_how_prices_move) {
    const auto before = host_.database().value("select group_concat(price) from symbol");
    ASSERT_EQ(host_.execute(0, "volatility", {real_value(0)}), BERTH_OK);
    const auto still = host_.database().value("select group_concat(price) from symbol");
    host_.run_global_service();
    EXPECT_EQ(host_.database().value("select group_concat(price) from symbol"), still);

    make_prices_jump();
    host_.run_global_service();

    EXPECT_NE(host_.database().value("select group_concat(price) from symbol"), before);
}

TEST_F(Ticker, refuses_a_parameter_that_makes_no_sense) {
    EXPECT_EQ(host_.execute(0, "volatility", {real_value(-1)}), BERTH_FAILED);
    EXPECT_EQ(host_.error(), "volatility is from 0 to 0.5");
    EXPECT_EQ(host_.execute(0, "volatility", {text_value("much")}), BERTH_INVALID);
}

TEST_F(Ticker, forgets_who_has_gone) {
    const auto ana = connect("watch=TIDE&watch=DOCK");

    host_.disconnect(ana);

    EXPECT_EQ(host_.database().value("select count(*) from watcher"), "0");
}

}  // namespace berth::test
