// SPDX-License-Identifier: MIT
#include "wire/permessage_deflate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth::wire {
namespace {

std::vector<Extension> extensions(std::string_view value) {
    const Headers headers{{"Sec-WebSocket-Extensions", value}};
    auto parsed = parse_extensions(headers);
    EXPECT_TRUE(parsed) << value;
    return parsed.value_or(std::vector<Extension>{});
}

std::string shown(const DeflateParameters& parameters) {
    const auto side = [](std::uint8_t bits, bool takes_over) { return std::to_string(bits) + (takes_over ? "" : " alone"); };
    return "server " + side(parameters.server_window_bits, parameters.server_takes_over_context) + ", client " +
           side(parameters.client_window_bits, parameters.client_takes_over_context);
}

/// The server's answer to those offers, "declined" for none.
std::string answer(std::string_view offers, const DeflateParameters& wish = {}) {
    const auto agreement = accept_deflate(extensions(offers), wish);
    return agreement ? agreement->answer : "declined";
}

/// What the server holds to after that answer.
std::string agreed(std::string_view offers, const DeflateParameters& wish = {}) {
    const auto agreement = accept_deflate(extensions(offers), wish);
    return agreement ? shown(agreement->parameters) : "declined";
}

/// What a client makes of a server's answer.
std::string checked(std::string_view answer, const DeflateParameters& wish = {}) {
    const auto parameters = check_deflate(extensions(answer), wish);
    return parameters ? shown(*parameters) : std::string(parameters.error());
}

TEST(PermessageDeflate, is_agreed_without_parameters_where_neither_side_has_a_wish) {
    EXPECT_EQ(answer("permessage-deflate"), "permessage-deflate");
    EXPECT_EQ(agreed("permessage-deflate"), "server 15, client 15");
    EXPECT_EQ(answer("permessage-deflate; client_max_window_bits"), "permessage-deflate");
    EXPECT_EQ(answer("foo, permessage-deflate"), "permessage-deflate") << "other extensions are passed over";
}

TEST(PermessageDeflate, grants_what_the_client_asks_of_the_server) {
    EXPECT_EQ(answer("permessage-deflate; server_no_context_takeover"), "permessage-deflate; server_no_context_takeover");
    EXPECT_EQ(agreed("permessage-deflate; server_no_context_takeover"), "server 15 alone, client 15");
    EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=10"), "permessage-deflate; server_max_window_bits=10");
    EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=15"), "permessage-deflate; server_max_window_bits=15")
        << "what was asked for must be granted by name";
    EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=\"10\""), "permessage-deflate; server_max_window_bits=10");
    EXPECT_EQ(agreed("permessage-deflate; server_max_window_bits=8"), "server 8, client 15");
}

TEST(PermessageDeflate, takes_the_clients_hints_so_that_nothing_is_kept_for_it) {
    EXPECT_EQ(answer("permessage-deflate; client_no_context_takeover"), "permessage-deflate; client_no_context_takeover");
    EXPECT_EQ(answer("permessage-deflate; client_max_window_bits=11"), "permessage-deflate; client_max_window_bits=11");
    EXPECT_EQ(agreed("permessage-deflate; client_max_window_bits=8"), "server 15, client 8");
    EXPECT_EQ(answer("permessage-deflate; client_max_window_bits=15"), "permessage-deflate");
}

TEST(PermessageDeflate, asks_for_what_the_server_wishes) {
    const DeflateParameters alone{.server_takes_over_context = false, .client_takes_over_context = false};
    EXPECT_EQ(answer("permessage-deflate", alone),
              "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    EXPECT_EQ(agreed("permessage-deflate", alone), "server 15 alone, client 15 alone");

    const DeflateParameters small{.server_window_bits = 10, .client_window_bits = 9};
    EXPECT_EQ(answer("permessage-deflate; client_max_window_bits", small),
              "permessage-deflate; server_max_window_bits=10; client_max_window_bits=9");
    EXPECT_EQ(answer("permessage-deflate; client_max_window_bits=12; server_max_window_bits=12", small),
              "permessage-deflate; server_max_window_bits=10; client_max_window_bits=9");
    EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=9; client_max_window_bits=8", small),
              "permessage-deflate; server_max_window_bits=9; client_max_window_bits=8");
}

TEST(PermessageDeflate, asks_no_window_of_a_client_that_has_not_said_that_it_can) {
    const DeflateParameters small{.client_window_bits = 9};
    EXPECT_EQ(answer("permessage-deflate", small), "permessage-deflate");
    EXPECT_EQ(agreed("permessage-deflate", small), "server 15, client 15");
}

TEST(PermessageDeflate, takes_the_first_offer_that_it_can) {
    EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=10, permessage-deflate"),
              "permessage-deflate; server_max_window_bits=10");
    EXPECT_EQ(answer("permessage-deflate; mystery, permessage-deflate; client_no_context_takeover"),
              "permessage-deflate; client_no_context_takeover");
    EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=99, x-webkit-deflate-frame, permessage-deflate"),
              "permessage-deflate");
}

TEST(PermessageDeflate, declines_offers_that_it_does_not_understand_or_that_are_wrong) {
    EXPECT_EQ(answer(""), "declined");
    EXPECT_EQ(answer("x-webkit-deflate-frame"), "declined");
    EXPECT_EQ(answer("Permessage-Deflate"), "declined") << "another name";
    for (const std::string parameter :
         {"mystery", "mystery=1", "Server_No_Context_Takeover", "server_no_context_takeover=1",
          "client_no_context_takeover=true", "server_max_window_bits", "server_max_window_bits=7",
          "server_max_window_bits=16", "server_max_window_bits=010", "server_max_window_bits=08", "server_max_window_bits=0",
          "server_max_window_bits=1", "server_max_window_bits=10x", "server_max_window_bits=100",
          "client_max_window_bits=7", "client_max_window_bits=16", "client_max_window_bits=x",
          "server_no_context_takeover; server_no_context_takeover",
          "client_no_context_takeover; client_max_window_bits; client_no_context_takeover",
          "client_max_window_bits; client_max_window_bits=10", "server_max_window_bits=10; server_max_window_bits=10"}) {
        EXPECT_EQ(answer("permessage-deflate; " + parameter), "declined") << parameter;
    }
}

TEST(PermessageDeflate, is_offered_by_a_client_with_what_it_wishes) {
    EXPECT_EQ(deflate_offer({}), "permessage-deflate; client_max_window_bits");
    EXPECT_EQ(deflate_offer({.server_window_bits = 10,
                             .client_window_bits = 11,
                             .server_takes_over_context = false,
                             .client_takes_over_context = false}),
              "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; "
              "client_max_window_bits=11");
}

TEST(PermessageDeflate, holds_a_client_to_the_servers_answer) {
    EXPECT_EQ(checked("permessage-deflate"), "server 15, client 15");
    EXPECT_EQ(checked("permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                      "server_max_window_bits=12; client_max_window_bits=9"),
              "server 12 alone, client 9 alone");
    EXPECT_EQ(checked("permessage-deflate; client_max_window_bits=15", {.client_window_bits = 10}), "server 15, client 10");
    EXPECT_EQ(checked("permessage-deflate; server_max_window_bits=9", {.server_window_bits = 10}), "server 9, client 15");
}

TEST(PermessageDeflate, fails_a_connection_whose_answer_is_not_one_to_the_offer) {
    const std::string unasked = "extension that was not asked for (RFC 6455 §4.1)";
    EXPECT_EQ(checked("x-other"), unasked);
    EXPECT_EQ(checked("permessage-deflate, permessage-deflate"), unasked);
    const std::string wrong = "permessage-deflate with a parameter that it may not have (RFC 7692 §7.1)";
    EXPECT_EQ(checked("permessage-deflate; mystery"), wrong);
    EXPECT_EQ(checked("permessage-deflate; client_max_window_bits"), wrong) << "in an answer it needs a value";
    EXPECT_EQ(checked("permessage-deflate; server_max_window_bits=16"), wrong);
    EXPECT_EQ(checked("permessage-deflate; server_no_context_takeover; server_no_context_takeover"), wrong);
    const std::string less = "permessage-deflate without a limit that was asked for (RFC 7692 §7.1)";
    EXPECT_EQ(checked("permessage-deflate", {.server_takes_over_context = false}), less);
    EXPECT_EQ(checked("permessage-deflate", {.server_window_bits = 10}), less);
    EXPECT_EQ(checked("permessage-deflate; server_max_window_bits=11", {.server_window_bits = 10}), less);
}

TEST(PermessageDeflate, is_understood_alike_by_both_of_our_ends) {
    for (const DeflateParameters& client : {DeflateParameters{}, DeflateParameters{9, 10, false, true}, DeflateParameters{15, 8, true, false}}) {
        for (const DeflateParameters& server : {DeflateParameters{}, DeflateParameters{12, 9, true, false}, DeflateParameters{9, 15, false, false}}) {
            const auto agreement = accept_deflate(extensions(deflate_offer(client)), server);
            ASSERT_TRUE(agreement);
            EXPECT_EQ(checked(agreement->answer, client), shown(agreement->parameters));
        }
    }
}

}  // namespace
}  // namespace berth::wire
