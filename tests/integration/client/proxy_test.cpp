// SPDX-License-Identifier: MIT
// Through an HTTP proxy: plain and TLS, with and without a password, and proxies that refuse or misbehave.
#include <gmock/gmock.h>

#include <fstream>

#include "integration/client/calls.hpp"
#include "integration/client/connect_proxy.hpp"
#include "integration/client/scripted_server.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace berth::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

berth_client_options through(const std::string& proxy) {
    berth_client_options options = default_client_options();
    options.proxy = proxy.c_str();
    return options;
}

void says_hello(Peer& peer, int) {
    peer.accept();
    peer.send(Frame{opcode::text, "hello"});
    peer.part_when_asked();
}

berth_client_error refused_by(const std::string& answer) {
    ConnectProxy proxy{answer};
    const Attempt attempt = connect_url("ws://127.0.0.1:9/", through(proxy.url()));
    EXPECT_FALSE(attempt.connection);
    return attempt.error;
}

TEST(ClientThroughAProxy, talks_to_a_plain_server) {
    ScriptedServer server{says_hello};
    ConnectProxy proxy;

    const Attempt attempt = connect_url(server.url("/chat?token=secret"), through(proxy.url()));

    ASSERT_TRUE(attempt.connection) << attempt.error.text;
    EXPECT_EQ(read(attempt.connection), "text hello");
    const std::string authority = "127.0.0.1:" + std::to_string(server.port());
    EXPECT_THAT(proxy.heads(), ElementsAre("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n"));
}

TEST(ClientThroughAProxy, has_tls_with_the_server_and_not_with_the_proxy) {
    const Certificate certificate = make_certificate();
    ScriptedServer server{says_hello, ScriptedServer::Tls{certificate}};
    ConnectProxy proxy;
    TempDir directory{"berth-proxy"};
    const std::string authority = directory / "authority.pem";
    std::ofstream{authority} << certificate.authority_pem;
    const std::string url = proxy.url();
    berth_client_options options = through(url);
    options.tls_ca_file = authority.c_str();

    const Attempt attempt = connect_url("wss://127.0.0.1:" + std::to_string(server.port()) + "/", options);

    ASSERT_TRUE(attempt.connection) << attempt.error.text;
    EXPECT_EQ(read(attempt.connection), "text hello");
}

TEST(ClientThroughAProxy, shows_it_a_name_and_a_password_and_nobody_else) {
    ScriptedServer server{says_hello};
    ConnectProxy proxy;
    const std::string url = "http://ana:se%3Acret@127.0.0.1:" + std::to_string(proxy.port());

    const Attempt attempt = connect_url(server.url(), through(url));

    ASSERT_TRUE(attempt.connection) << attempt.error.text;
    // "ana:se:cret" (RFC 7617).
    EXPECT_THAT(proxy.heads().at(0), HasSubstr("\r\nProxy-Authorization: Basic YW5hOnNlOmNyZXQ=\r\n"));
}

TEST(ClientThroughAProxy, tells_what_the_proxy_refuses_with) {
    const berth_client_error error =
        refused_by("HTTP/1.1 407 Proxy Authentication Required\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n");

    EXPECT_EQ(error.status, BERTH_CLIENT_REFUSED);
    EXPECT_EQ(error.http_status, 407);
    EXPECT_EQ(error.retry_after_ms, 3000);
    EXPECT_THAT(error.text, HasSubstr("the proxy 127.0.0.1:"));
    EXPECT_THAT(error.text, HasSubstr("answered 407 Proxy Authentication Required"));
}

TEST(ClientThroughAProxy, refuses_answers_that_break_the_rules) {
    EXPECT_EQ(refused_by("SSH-2.0-OpenSSH\r\n\r\n").status, BERTH_CLIENT_PROTOCOL);
    EXPECT_EQ(refused_by("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n").status, BERTH_CLIENT_PROTOCOL);
    EXPECT_EQ(refused_by("HTTP/1.1 200 O").status, BERTH_CLIENT_LOST);
    EXPECT_EQ(refused_by("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x')).status, BERTH_CLIENT_PROTOCOL);
}

TEST(ClientThroughAProxy, keeps_its_time_limit_where_the_proxy_says_nothing) {
    ScriptedServer silent{[](Peer& peer, int) { peer.ended(); }};
    const std::string url = "http://127.0.0.1:" + std::to_string(silent.port());
    berth_client_options options = through(url);
    options.connect_timeout_ms = 300 * patience;

    const Attempt attempt = connect_url("ws://127.0.0.1:9/", options);

    EXPECT_EQ(attempt.error.status, BERTH_CLIENT_TIMEOUT);
    EXPECT_THAT(attempt.error.text, HasSubstr("the proxy's answer took longer than the time limit"));
}

TEST(ClientThroughAProxy, refuses_a_url_that_is_none_without_repeating_its_password) {
    for (const char* url : {"127.0.0.1:3128", "https://127.0.0.1:3128", "http://", "http://ana@127.0.0.1", "http://ana:secret@127.0.0.1/path",
                            "http://ana:secret@127.0.0.1:99999"}) {
        const Attempt attempt = connect_url("ws://127.0.0.1:9/", through(url));
        EXPECT_EQ(attempt.error.status, BERTH_CLIENT_INVALID) << url;
        EXPECT_THAT(attempt.error.text, HasSubstr("proxy")) << url;
        EXPECT_THAT(attempt.error.text, Not(HasSubstr("secret"))) << url;
    }
}

TEST(ClientUrls, that_are_refused_are_told_without_their_password) {
    const Attempt attempt = connect_url("ws://ana:secret@127.0.0.1:9/chat?token=t");
    EXPECT_EQ(attempt.error.status, BERTH_CLIENT_INVALID);
    EXPECT_THAT(attempt.error.text, HasSubstr("URL \"ws://…@127.0.0.1:9/chat\""));
    EXPECT_THAT(attempt.error.text, Not(HasSubstr("secret")));
}

}  // namespace
