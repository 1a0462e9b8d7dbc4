// SPDX-License-Identifier: MIT
#include "support/hostile_requests.hpp"

#include <algorithm>
#include <cctype>
#include <ostream>

#include "support/hostile_frames.hpp"

namespace berth::test {
namespace {

std::string get(const Headers& headers = {}, std::string_view target = "/echo") {
    return upgrade_request(target, headers);
}

Headers bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const RequestCase& request) { return out << request.name; }

std::string with_replaced(std::string request, std::string_view from, std::string_view to) {
    return request.replace(request.find(from), from.size(), to);
}

std::string request_of_lines(std::size_t count) {
    Headers headers;
    for (std::size_t i = 0; i < count; ++i) headers.emplace_back("X-Number-" + std::to_string(i), "1");
    return get(headers);
}

std::vector<RequestCase> refused_requests() {
    const std::string key_line = "Sec-WebSocket-Key: " + std::string{usual_key};
    std::vector<RequestCase> all{
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
        {"5000_headers", request_of_lines(5000), 431},
        {"65_headers", request_of_lines(65), 431},
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

std::vector<OriginCase> origin_cases() {
    return {
        {"http://127.0.0.1", "127.0.0.1", true},
        {"http://127.0.0.1:7680", "127.0.0.1:7681", true},
        {"https://127.0.0.1:8443", "127.0.0.1", true},
        {"http://localhost:7680", "localhost:7681", true},
        {"HTTP://LOCALHOST:7680", "localhost", true},
        {"http://app.example", "127.0.0.1", true},
        {"https://App.Example", "127.0.0.1", true},
        {"http://a.pages.example", "127.0.0.1", true},
        {"http://a.b.pages.example", "127.0.0.1", true},
        {"http://pages.example", "127.0.0.1", false},
        {"http://evilpages.example", "127.0.0.1", false},
        {"http://x.pages.example.evil.example", "127.0.0.1", false},
        {"http://evil.example", "127.0.0.1", false},
        {"http://127.0.0.1.evil.example", "127.0.0.1", false},
        {"http://evil127.0.0.1", "127.0.0.1", false},
        {"http://localhost.evil.example", "localhost", false},
        {"http://evil-localhost", "localhost", false},
        {"http://localhost", "127.0.0.1", false},
        {"http://app.example.evil.example", "127.0.0.1", false},
        {"http://evilapp.example", "127.0.0.1", false},
        {"http://app.example@evil.example", "127.0.0.1", false},
        {"http://evil.example#app.example", "127.0.0.1", false},
        {"http://evil.example/app.example", "127.0.0.1", false},
        {"http://evil.example?app.example", "127.0.0.1", false},
        {"http://evil.example\\app.example", "127.0.0.1", false},
        {"http://app.example, http://evil.example", "127.0.0.1", false},
        {"http://127.0.0.1 http://evil.example", "127.0.0.1", false},
        {"null", "127.0.0.1", false},
        {"file://", "127.0.0.1", false},
        {"127.0.0.1", "127.0.0.1", false},
        {"//127.0.0.1", "127.0.0.1", false},
        {"http://", "127.0.0.1", false},
        {"http://*", "127.0.0.1", false},
        {"same-host", "127.0.0.1", false},
        {"http://[::1]", "127.0.0.1", false},
        {"http://[::1]:7680", "[::1]:7681", true},
        {"http://app.example.", "127.0.0.1", false},
        {"chrome-extension://app.example.evil", "127.0.0.1", false},
    };
}

std::vector<TokenCase> token_tricks(const std::string& user, const std::string& token) {
    // {"alg":"none"} and a claim, without a signature.
    const std::string unsigned_claim = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbmEifQ.";
    const std::string authorization = "Authorization";
    return {
        {"none", {}},
        {"empty", {{authorization, "Bearer "}}},
        {"no_scheme", {{authorization, token}}},
        {"of_another_scheme", {{authorization, "Basic " + token}}},
        {"of_a_longer_scheme", {{authorization, "Bearers " + token}}},
        {"another", bearer("another-token-0123456789")},
        {"beginning", bearer(token.substr(0, token.size() - 1))},
        {"end", bearer(token.substr(1))},
        {"and_more", bearer(token + "0")},
        {"twice", bearer(token + token)},
        {"in_capitals", bearer(upper(token))},
        {"with_another_behind_a_comma", bearer("x, Bearer " + token)},
        {"with_another_behind_a_blank", bearer("x " + token)},
        {"in_quotes", bearer("\"" + token + "\"")},
        {"with_its_user", bearer(user + " " + token)},
        {"with_its_user_and_a_colon", bearer(user + ":" + token)},
        {"of_the_users_name", bearer(user)},
        {"of_a_wildcard", bearer("*")},
        {"of_a_pattern", bearer("%")},
        {"of_a_quotation", bearer("' or '1'='1")},
        {"unsigned", bearer(unsigned_claim)},
        {"of_zeros", bearer(std::string(token.size(), '0'))},
        {"of_blanks", bearer(std::string(token.size(), ' '))},
        {"of_4000_bytes", bearer(std::string(4000, 'x'))},
        {"of_60000_bytes", bearer(std::string(60'000, 'x'))},
        {"in_the_query", {}, "?token=" + token},
        {"in_the_query_as_it_were", {}, "?Authorization=Bearer%20" + token},
        {"in_the_query_of_oauth", {}, "?access_token=" + token},
        {"in_a_cookie", {{"Cookie", "token=" + token + "; Authorization=Bearer " + token}}},
        {"in_a_header_of_its_own", {{"X-Token", token}, {"X-Authorization", "Bearer " + token}}},
        {"for_the_proxy", {{"Proxy-Authorization", "Bearer " + token}}},
        {"of_a_user_who_says_so", {{"X-User", user}, {"X-Forwarded-User", user}, {"X-Remote-User", user}}},
        {"from_an_address_that_says_so", {{"X-Forwarded-For", "127.0.0.1"}, {"X-Real-IP", "127.0.0.1"}, {"Forwarded", "for=127.0.0.1"}}},
        {"as_a_sub_protocol_of_another_name", {{"Sec-WebSocket-Protocol", "token." + token}}},
        {"as_a_sub_protocol_alone", {{"Sec-WebSocket-Protocol", token}}},
        {"as_a_sub_protocol_cut", {{"Sec-WebSocket-Protocol", "bearer." + token.substr(0, token.size() - 1)}}},
        {"as_a_sub_protocol_and_more", {{"Sec-WebSocket-Protocol", "bearer." + token + ".x"}}},
        {"as_an_empty_sub_protocol", {{"Sec-WebSocket-Protocol", "bearer."}}},
        {"twice_in_two_sub_protocols", {{"Sec-WebSocket-Protocol", "bearer.x, bearer.another-token-0123456789"}}},
    };
}

std::set<std::string> path_traversals() {
    const std::vector<std::string> climbs{
        "/..",        "/%2e%2e",      "/%2E%2E",     "/.%2e",         "/%252e%252e",
        "/..%2f",     "/..%5c",       "/..\\",       "/%c0%ae%c0%ae", "/%e0%80%ae%e0%80%ae",
        "/....//",    "/..;",         "/..%00",      "/%uff0e%uff0e", "/.%00.",
        "/chat/..",   "/chat/%2e%2e", "/chat/../..", "//..",          "/./..",
        "/chat/link", "/chat/.%2e",   "/..%c0%af",   "/..%252f",      "/%2e%2e%2f"};
    const std::vector<std::string> goals{"/secret.txt",    "/etc/passwd",        "%2fetc%2fpasswd",
                                         "/../secret.txt", "//secret.txt",       "/secret.txt%00.html",
                                         "/chat/chat.js/", "/proc/self/environ", ""};
    std::set<std::string> paths;
    for (const auto& climb : climbs) {
        for (const auto& goal : goals) paths.insert(climb + goal);
    }
    return paths;
}

}  // namespace berth::test
