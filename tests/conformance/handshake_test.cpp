// SPDX-License-Identifier: MIT
/// The opening handshake (RFC 6455 section 4.2) and every abuse of it: what is not a correct request gets a
/// status and a sentence, and the connection ends.
#include <ostream>

#include "conformance/suite.hpp"

namespace berth::test {

namespace {

/// A request and the status it must get.
struct Request {
    std::string name;
    std::string bytes;
    int status;
};

std::ostream& operator<<(std::ostream& out, const Request& request) {
    return out << request.name;
}

std::string get(const Headers& headers = {}, std::string_view target = "/echo") {
    return upgrade_request(target, headers);
}

/// The request with one part of its text replaced by another.
std::string with_replaced(std::string request, std::string_view from, std::string_view to) {
    return request.replace(request.find(from), from.size(), to);
}

std::string with_lines(std::size_t count) {
    Headers headers;
    for (std::size_t i = 0; i < count; ++i) headers.emplace_back("X-Number-" + std::to_string(i), "1");
    return get(headers);
}

std::vector<Request> accepted() {
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
        {"many_headers", with_lines(40), 101},
        {"long_header", get({{"X-Long", std::string(6000, 'x')}}), 101},
        {"long_target", get({}, "/echo?" + std::string(1900, 'q')), 101},
        {"cookies", get({{"Cookie", "a=b; c=d"}}), 101},
    };
}

std::vector<Request> refused() {
    const std::string key_line = "Sec-WebSocket-Key: " + std::string{usual_key};
    std::vector<Request> all{
        // What it asks for.
        {"no_upgrade", get({{"Upgrade", ""}, {"Connection", ""}}), 426},
        {"upgrade_to_something_else", get({{"Upgrade", "foo"}}), 426},
        {"upgrade_to_h2c",
         get({{"Upgrade", "h2c"},
              {"HTTP2-Settings", "AAMAAABkAAQAAP__"},
              {"Connection", "Upgrade, HTTP2-Settings"}}),
         426},
        {"upgrade_to_a_longer_name", get({{"Upgrade", "websocket2"}}), 426},
        {"connection_without_upgrade", get({{"Connection", "keep-alive"}}), 400},
        {"no_connection", get({{"Connection", ""}}), 400},
        // Versions.
        {"version_8", get({{"Sec-WebSocket-Version", "8"}}), 426},
        {"version_7", get({{"Sec-WebSocket-Version", "7"}}), 426},
        {"version_0", get({{"Sec-WebSocket-Version", "0"}}), 426},
        {"version_99", get({{"Sec-WebSocket-Version", "99"}}), 426},
        {"version_130", get({{"Sec-WebSocket-Version", "130"}}), 426},
        {"version_13_in_words", get({{"Sec-WebSocket-Version", "thirteen"}}), 426},
        {"version_negative", get({{"Sec-WebSocket-Version", "-13"}}), 426},
        {"no_version", get({{"Sec-WebSocket-Version", ""}}), 426},
        // Keys.
        {"no_key", get({{"Sec-WebSocket-Key", ""}}), 400},
        {"short_key", get({{"Sec-WebSocket-Key", "abc"}}), 400},
        {"key_of_15_bytes", get({{"Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAA"}}), 400},
        {"key_of_17_bytes", get({{"Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAAA="}}), 400},
        {"key_of_18_bytes", get({{"Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAAAA"}}), 400},
        {"key_not_base64", get({{"Sec-WebSocket-Key", "dGVzdCBub25jZSAxNiBC!!=="}}), 400},
        {"key_without_padding", get({{"Sec-WebSocket-Key", "dGVzdCBub25jZSAxNiBCLg"}}), 400},
        {"key_with_blank_inside", get({{"Sec-WebSocket-Key", "dGVzdCBub25j ZSAxNiBCLg=="}}), 400},
        {"two_keys", with_replaced(get(), key_line, key_line + "\r\n" + key_line), 400},
        // Methods and HTTP versions.
        {"post", with_replaced(get(), "GET ", "POST "), 405},
        {"put", with_replaced(get(), "GET ", "PUT "), 405},
        {"head", with_replaced(get(), "GET ", "HEAD "), 405},
        {"options", with_replaced(get(), "GET ", "OPTIONS "), 405},
        {"connect", with_replaced(get(), "GET ", "CONNECT "), 405},
        {"trace", with_replaced(get(), "GET ", "TRACE "), 405},
        {"get_in_lower_case", with_replaced(get(), "GET ", "get "), 405},
        {"method_without_end", std::string(100, 'G') + " /echo HTTP/1.1\r\n\r\n", 405},
        {"http_1_0", with_replaced(get(), "HTTP/1.1", "HTTP/1.0"), 505},
        {"http_2_0", with_replaced(get(), "HTTP/1.1", "HTTP/2.0"), 505},
        {"http_1_2", with_replaced(get(), "HTTP/1.1", "HTTP/1.2"), 505},
        {"http_0_9", "GET /echo\r\n\r\n", 400},
        {"http_in_lower_case", with_replaced(get(), "HTTP/1.1", "http/1.1"), 400},
        {"http2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 405},
        // Duplicates and contradictions.
        {"two_versions",
         with_replaced(get(), "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13"),
         426},
        {"two_versions_that_differ",
         with_replaced(get(), "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8"),
         426},
        {"two_upgrades_that_differ",
         with_replaced(get(), "Upgrade: websocket", "Upgrade: websocket\r\nUpgrade: h2c"), 400},
        {"upgrade_to_either", get({{"Upgrade", "h2c, websocket"}}), 400},
        {"two_connections_that_contradict",
         with_replaced(get(), "Upgrade: websocket", "Upgrade: websocket\r\nConnection: close"), 400},
        {"connection_upgrade_and_close", get({{"Connection", "Upgrade, close"}}), 400},
        {"two_hosts", with_replaced(get(), "Host: 127.0.0.1", "Host: 127.0.0.1\r\nHost: 127.0.0.1"), 400},
        {"no_host", get({{"Host", ""}}), 400},
        {"host_with_a_path", get({{"Host", "127.0.0.1/echo"}}), 400},
        {"host_with_a_user", get({{"Host", "me@127.0.0.1"}}), 400},
        {"host_with_a_comma", get({{"Host", "127.0.0.1, localhost"}}), 400},
        {"host_with_a_bad_port", get({{"Host", "127.0.0.1:http"}}), 400},
        {"two_origins",
         with_replaced(get(), "Host: 127.0.0.1",
                       "Host: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nOrigin: http://evil.example"),
         400},
        {"sub_protocol_twice", get({{"Sec-WebSocket-Protocol", "a, b, a"}}), 400},
        {"sub_protocol_not_a_token", get({{"Sec-WebSocket-Protocol", "a b"}}), 400},
        {"sub_protocol_empty_list", get({{"Sec-WebSocket-Protocol", ","}}), 400},
        {"extension_malformed", get({{"Sec-WebSocket-Extensions", "permessage-deflate; =x"}}), 400},
        // Bodies.
        {"body_announced", get({{"Content-Length", "5"}}) + "hello", 413},
        {"body_of_100_megabytes", get({{"Content-Length", "104857600"}}), 413},
        {"length_negative", get({{"Content-Length", "-1"}}), 400},
        {"length_no_number", get({{"Content-Length", "five"}}), 400},
        {"length_twice",
         with_replaced(get(), "Host: 127.0.0.1", "Host: 127.0.0.1\r\nContent-Length: 0\r\nContent-Length: 0"),
         400},
        {"chunked", get({{"Transfer-Encoding", "chunked"}}), 400},
        {"chunked_and_length", get({{"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}}), 400},
        // Lines.
        {"bare_line_feeds", "GET /echo HTTP/1.1\nHost: 127.0.0.1\n\n", 400},
        {"bare_carriage_return", with_replaced(get(), "Upgrade: websocket\r\n", "Upgrade: websocket\r"), 400},
        {"folded_line", with_replaced(get(), "Upgrade: websocket", "Upgrade:\r\n websocket"), 400},
        {"blank_before_colon", with_replaced(get(), "Upgrade:", "Upgrade :"), 400},
        {"line_without_colon", with_replaced(get(), "Upgrade: websocket", "Upgrade websocket"), 400},
        {"line_without_name", with_replaced(get(), "Upgrade: websocket", ": websocket"), 400},
        {"nul_in_value", with_replaced(get(), "websocket", std::string_view{"web\0socket", 10}), 400},
        {"nul_in_name", with_replaced(get(), "Upgrade:", std::string_view{"Upg\0rade:", 9}), 400},
        {"escape_in_value", with_replaced(get(), "websocket", "web\x1Bsocket"), 400},
        {"delete_in_value", with_replaced(get(), "websocket", "websocket\x7F"), 400},
        {"bracket_in_name", with_replaced(get(), "Upgrade:", "Upgr(ade):"), 400},
        {"byte_beyond_ascii_in_name",
         with_replaced(get(), "Upgrade:",
                       "Upgr\xC3\xA4"
                       "de:"),
         400},
        {"two_blanks_in_request_line", with_replaced(get(), "GET /echo", "GET  /echo"), 400},
        {"blank_after_version", with_replaced(get(), "HTTP/1.1\r\n", "HTTP/1.1 \r\n"), 400},
        {"line_before_the_request", "\r\n\r\n" + get(), 400},
        {"tls_hello_on_a_plain_port",
         std::string{"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11} + std::string(200, 'x'), 400},
        {"socks", std::string{"\x05\x01\x00", 3} + std::string(20, '\0'), 400},
        {"only_garbage", some_bytes(300), 400},
        // Targets.
        {"target_star", with_replaced(get(), "/echo ", "* "), 400},
        {"target_without_slash", with_replaced(get(), "/echo ", "echo "), 400},
        {"target_authority", with_replaced(get(), "/echo ", "127.0.0.1:80 "), 400},
        {"target_of_another_host", with_replaced(get(), "/echo ", "http://evil.example/echo "), 400},
        {"target_with_fragment", with_replaced(get(), "/echo ", "/echo#top "), 400},
        {"target_beyond_ascii", with_replaced(get(), "/echo ", "/ech\xC3\xB6 "), 400},
        {"target_with_control_character", with_replaced(get(), "/echo ", "/echo\x01 "), 400},
        {"target_of_3000_bytes", get({}, "/echo?" + std::string(3000, 'q')), 414},
        {"target_without_end", "GET /" + std::string(20000, 'a'), 414},
        // Sizes.
        {"header_of_9000_bytes", get({{"X-Long", std::string(9000, 'x')}}), 431},
        {"header_name_of_9000_bytes", get({{std::string(9000, 'x'), "1"}}), 431},
        {"header_without_end", get({{"X-Long", "start"}}).substr(0, 150) + std::string(100'000, 'x'), 431},
        {"5000_headers", with_lines(5000), 431},
        {"65_headers", with_lines(65), 431},
        // Where to.
        {"unknown_project", get({}, "/nobody"), 404},
        {"root", get({}, "/"), 404},
        {"longer_name", get({}, "/echo2"), 404},
        {"shorter_name", get({}, "/ech"), 404},
        {"upper_case_name", get({}, "/ECHO"), 404},
        {"dots", get({}, "/../echo"), 400},
        {"dots_after", get({}, "/x/../echo"), 400},
        {"double_slash", get({}, "//echo"), 404},
        {"encoded_slash", get({}, "/%2Fecho"), 404},
        {"encoded_nul", get({}, "/echo%00"), 400},
        {"file_of_the_library", get({}, "/echo.so"), 404},
    };
    return all;
}

std::string name_of_request(const testing::TestParamInfo<std::tuple<bool, Request>>& info) {
    return (std::get<0>(info.param) ? "wss_" : "ws_") + std::get<1>(info.param).name;
}

class Handshake : public testing::TestWithParam<std::tuple<bool, Request>> {
protected:
    [[nodiscard]] const Request& request() const { return std::get<1>(GetParam()); }
    RawClient client_{echo_host().endpoint(std::get<0>(GetParam()))};
};

class HandshakeAccepted : public Handshake {};
class HandshakeRefused : public Handshake {};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Requests, HandshakeAccepted,
                         testing::Combine(both_transports(), testing::ValuesIn(accepted())), name_of_request);
INSTANTIATE_TEST_SUITE_P(Requests, HandshakeRefused,
                         testing::Combine(both_transports(), testing::ValuesIn(refused())), name_of_request);

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
