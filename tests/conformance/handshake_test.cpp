// SPDX-License-Identifier: MIT
/// The opening handshake (RFC 6455 section 4.2) and every abuse of it: what is not a correct request gets a
/// status and a sentence, and the connection ends.
#include "conformance/suite.hpp"
#include "support/hostile_requests.hpp"

namespace berth::test {

namespace {

std::string get(const Headers& headers = {}, std::string_view target = "/echo") {
    return upgrade_request(target, headers);
}

std::vector<RequestCase> accepted() {
    return {
        {"plain", get(), 101},
        {"host_with_port", get({{"Host", "127.0.0.1:7681"}}), 101},
        {"lower_case_names",
         with_replaced(with_replaced(get(), "Sec-WebSocket-Key", "sec-websocket-key"),
                       "Upgrade:", "upgrade:"),
         101},
        {"upper_case_values", get({{"Upgrade", "WEBSOCKET"}, {"Connection", "UPGRADE"}}), 101},
        {"connection_with_other_tokens", get({{"Connection", "keep-alive, Upgrade"}}), 101},
        {"two_upgrades_to_the_same",
         with_replaced(get(), "Upgrade: websocket", "Upgrade: websocket\r\nUpgrade: websocket"), 101},
        {"two_connections",
         with_replaced(get(), "Upgrade: websocket", "Upgrade: websocket\r\nConnection: keep-alive"), 101},
        {"two_extension_lines",
         with_replaced(get(), "Upgrade: websocket",
                       "Upgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
                       "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"),
         101},
        {"no_blank_after_colon", with_replaced(get(), "Upgrade: websocket", "Upgrade:websocket"), 101},
        {"many_blanks_after_colon", with_replaced(get(), "Upgrade: websocket", "Upgrade: \t  websocket\t "),
         101},
        {"extension_offered_is_not_taken",
         get({{"Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"}}), 101},
        {"sub_protocols_that_nobody_chooses", get({{"Sec-WebSocket-Protocol", "soap, wamp"}}), 101},
        {"query", get({}, "/echo?a=b&c=%20"), 101},
        {"longer_path", get({}, "/echo/and/more"), 101},
        {"header_value_beyond_ascii", get({{"X-Name", "gr\xC3\xBC\xC3\x9F"}}), 101},
        {"header_without_value", with_replaced(get(), "Upgrade: websocket", "X-Empty:\r\nUpgrade: websocket"),
         101},
        {"many_headers", request_of_lines(40), 101},
        {"long_header", get({{"X-Long", std::string(6000, 'x')}}), 101},
        {"long_target", get({}, "/echo?" + std::string(1900, 'q')), 101},
        {"cookies", get({{"Cookie", "a=b; c=d"}}), 101},
    };
}

std::string name_of_request(const testing::TestParamInfo<std::tuple<bool, RequestCase>>& info) {
    return (std::get<0>(info.param) ? "wss_" : "ws_") + std::get<1>(info.param).name;
}

class Handshake : public testing::TestWithParam<std::tuple<bool, RequestCase>> {
protected:
    [[nodiscard]] const RequestCase& request() const { return std::get<1>(GetParam()); }
    RawClient client_{echo_host().endpoint(std::get<0>(GetParam()))};
};

class HandshakeAccepted : public Handshake {};
class HandshakeRefused : public Handshake {};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Requests, HandshakeAccepted,
                         testing::Combine(both_transports(), testing::ValuesIn(accepted())), name_of_request);
INSTANTIATE_TEST_SUITE_P(Requests, HandshakeRefused,
                         testing::Combine(both_transports(), testing::ValuesIn(refused_requests())), name_of_request);

TEST_P(HandshakeAccepted, switches_protocols_and_echoes) {
    ASSERT_TRUE(client_.send(request().bytes));

    const auto reply = client_.reply();

    ASSERT_EQ(reply.status, 101) << reply.body;
    EXPECT_EQ(reply.header("Sec-WebSocket-Accept"), accept_of(usual_key));
    EXPECT_EQ(reply.count("Sec-WebSocket-Extensions"), 0u);
    EXPECT_EQ(reply.count("Sec-WebSocket-Protocol"), 0u);
    expect_echo(client_, {.is_text = true, .payload = "connected"});
}

TEST_P(HandshakeAccepted, may_arrive_byte_by_byte) {
    const auto pieces = request().bytes.size() > 1000 ? 97u : 1u;
    ASSERT_TRUE(client_.send_in_pieces(request().bytes, pieces));

    EXPECT_EQ(client_.reply().status, 101);
    expect_echo(client_, {.is_text = true, .payload = "connected"});
}

TEST_P(HandshakeRefused, gets_its_status_a_sentence_and_the_end) {
    client_.send(request().bytes);

    const auto reply = client_.reply();

    ASSERT_EQ(reply.status, request().status) << reply.body;
    EXPECT_FALSE(reply.body.empty());
    EXPECT_LT(reply.body.size(), 300u);
    EXPECT_NE(reply.header("Content-Length"), "");
    EXPECT_NE(reply.header("Connection").find("close"), std::string::npos);
    if (request().status == 426) {
        EXPECT_EQ(reply.header("Sec-WebSocket-Version"), "13");
    }
    if (request().status == 405) {
        EXPECT_EQ(reply.header("Allow"), "GET");
    }
    EXPECT_NE(client_.wait_end(), End::open);
    EXPECT_EQ(client_.input(), "") << "something follows the refusal";
}

class HandshakeRules : public testing::TestWithParam<bool> {
protected:
    RawClient client_{echo_host().endpoint(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Transports, HandshakeRules, both_transports(), name_of_transport);

// RFC 6455 section 4.1: the client must wait for the answer before it sends any further data.
TEST_P(HandshakeRules, bytes_before_the_101_are_refused) {
    for (const auto& early :
         {text_frame("early"), text_frame("half").substr(0, 3), std::string{"\r\n"},
          encode({.payload = "x"}, {.masked = false}), std::string(100'000, 'x'), get()}) {
        RawClient client{echo_host().endpoint(GetParam())};
        client.send(get() + early);

        EXPECT_EQ(client.reply().status, 400);
        EXPECT_NE(client.wait_end(), End::open);
        EXPECT_EQ(client.input(), "") << "one answer, and nothing after it";
    }
}

TEST_P(HandshakeRules, a_frame_right_after_the_101_is_served) {
    ASSERT_TRUE(client_.send(get()));
    ASSERT_EQ(client_.reply().status, 101);
    ASSERT_TRUE(client_.send(text_frame("early") + text_frame("bird")));

    EXPECT_EQ(next_message(client_).payload, "early");
    EXPECT_EQ(next_message(client_).payload, "bird");
}

// Once the way into a use-after-free of a library: a second request after `Upgrade: foo` on one connection.
TEST_P(HandshakeRules, two_requests_for_an_unknown_upgrade_get_one_answer_and_the_end) {
    const std::string foo = get({{"Upgrade", "foo"}, {"Connection", "Upgrade, keep-alive"}});
    client_.send(foo + foo);

    const int status = client_.reply().status;
    EXPECT_TRUE(status == 426 || status == 400) << status;
    EXPECT_NE(client_.wait_end(), End::open);
    EXPECT_EQ(client_.input(), "");
}

TEST_P(HandshakeRules, the_second_of_two_requests_for_an_unknown_upgrade_meets_a_closed_connection) {
    const std::string foo = get({{"Upgrade", "foo"}, {"Connection", "Upgrade, keep-alive"}});
    client_.send(foo);
    EXPECT_EQ(client_.reply().status, 426);

    client_.send(foo);

    EXPECT_NE(client_.wait_end(), End::open);
    EXPECT_EQ(client_.input(), "");
}

TEST_P(HandshakeRules, a_second_request_after_the_101_is_a_protocol_error) {
    ASSERT_TRUE(client_.send(get()));
    ASSERT_EQ(client_.reply().status, 101);

    client_.send(get());

    expect_close(client_, 1002);
}

TEST_P(HandshakeRules, a_plain_page_request_is_told_what_this_is) {
    client_.send("GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: browser\r\nAccept: text/html\r\n\r\n");

    const auto reply = client_.reply();

    EXPECT_EQ(reply.status, 426);
    EXPECT_EQ(reply.header("Upgrade"), "websocket");
    EXPECT_NE(reply.body.find("WebSocket"), std::string::npos);
}

TEST_P(HandshakeRules, a_refusal_is_plain_text_and_repeats_nothing_of_the_request) {
    client_.send(get({{"X-Evil", "<script>alert(1)</script>"}}, "/%3Cscript%3E"));

    const auto reply = client_.reply();

    EXPECT_EQ(reply.status, 404);
    EXPECT_EQ(reply.header("Content-Type").substr(0, 10), "text/plain");
    EXPECT_EQ(reply.body.find("script"), std::string::npos);
}

TEST_P(HandshakeRules, a_client_that_only_ends_its_side_is_let_go) {
    client_.send("GET /echo HT");
    client_.finish();

    EXPECT_NE(client_.wait_end(), End::open);
}

TEST_P(HandshakeRules, a_client_that_vanishes_leaves_the_host_working) {
    client_.send("GET /echo HTTP/1.1\r\n");
    client_.reset();
    auto another = echo_client(GetParam());

    expect_echo(another, {.is_text = true, .payload = "still here"});
}

}  // namespace berth::test
