// SPDX-License-Identifier: MIT
/// Bearer tokens and names of the host, over real sockets and through to the project.
#include "integration/host/suite.hpp"

namespace berth::test {

using testing::HasSubstr;

namespace {

constexpr const char* anas = "anas-token-0123456789";
constexpr const char* bens = "bens-token-0123456789";

class Tokens : public testing::Test {
protected:
    Tokens() {
        std::filesystem::permissions(directory_.path(), std::filesystem::perms{0755});
        write_tokens(std::string("ana ") + anas + "\nshared-secret-0123456789\n");
    }
    void write_tokens(const std::string& text) const {
        write_file(directory_ / "tokens", text);
        std::filesystem::permissions(directory_ / "tokens", std::filesystem::perms{0600});
    }
    HostOptions options(const std::string& more = {}) const {
        HostOptions options;
        options.projects = {fixture_project("witness"), shipped_project("echo")};
        options.more = "[project.witness]\ntokens = \"" + (directory_ / "tokens").string() + "\"\n" + more;
        return options;
    }
    TempDir directory_{"berth-tokens"};
};

int status(const Endpoint& to, const Headers& headers, std::string_view path = "/witness") {
    return RawClient{to}.ask(path, headers).status;
}

Headers bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

}  // namespace

TEST_F(Tokens, let_in_who_has_one_and_nobody_else_and_are_in_no_log) {
    TestHost host{options()};

    EXPECT_EQ(status(host.ws(), {}), 401);
    EXPECT_EQ(status(host.ws(), bearer(bens)), 401);
    EXPECT_EQ(status(host.ws(), bearer(anas)), 101);
    EXPECT_EQ(status(host.wss(), bearer(anas)), 101);
    EXPECT_EQ(status(host.ws(), {}, "/echo"), 101) << "the others want none";

    const auto refusal = RawClient{host.ws()}.ask("/witness");
    EXPECT_EQ(refusal.header("WWW-Authenticate"), "Bearer");
    EXPECT_EQ(host.ask("stats").at("projects").at(1).at("refused").at("token"), 3);
    for (const char* secret : {anas, bens, "shared-secret"}) EXPECT_EQ(host.log().find(secret), std::string::npos) << secret;
    const auto config = host.cli({"config", "--effective", "--config", host.configuration().string()});
    EXPECT_EQ(config.out.find(anas), std::string::npos);
}

TEST_F(Tokens, name_the_user_to_the_project_which_never_sees_the_token) {
    TestHost host{options()};
    WsClient ana{host.ws(), "/witness", bearer(anas)};

    EXPECT_EQ(ask(ana, "fact user"), "ana");
    EXPECT_EQ(ask(ana, "fact header:authorization"), "(none)");
    WsClient someone{host.ws(), "/witness", bearer("shared-secret-0123456789")};
    EXPECT_EQ(ask(someone, "fact user"), "bearer");
    WsClient open{host.ws(), "/echo"};
    EXPECT_EQ(ask(open, "hi"), "hi");
}

TEST_F(Tokens, come_from_browsers_as_a_sub_protocol_and_only_the_real_one_is_answered) {
    TestHost host{options("subprotocols = [\"chat.v1\"]\n")};
    RawClient raw{host.ws()};

    const auto reply = raw.ask("/witness", {{"Sec-WebSocket-Protocol", std::string("chat.v1, bearer.") + anas}});

    EXPECT_EQ(reply.status, 101);
    EXPECT_EQ(reply.header("Sec-WebSocket-Protocol"), "chat.v1");
    WsClient ana{host.ws(), "/witness", {{"Sec-WebSocket-Protocol", std::string("chat.v1, bearer.") + anas}}};
    EXPECT_EQ(ask(ana, "fact user"), "ana");
    EXPECT_EQ(ask(ana, "fact header:sec-websocket-protocol"), "chat.v1");
    EXPECT_EQ(status(host.ws(), {{"Sec-WebSocket-Protocol", std::string("chat.v1, bearer.") + bens}}), 401);
}

TEST_F(Tokens, are_replaced_by_a_reload_and_cut_nobody) {
    TestHost host{options()};
    WsClient ana{host.ws(), "/witness", bearer(anas)};
    write_tokens(std::string("ben ") + bens + "\n");

    EXPECT_EQ(host.ask("reload").at("ok"), true);

    EXPECT_EQ(status(host.ws(), bearer(bens)), 101);
    EXPECT_EQ(status(host.ws(), bearer(anas)), 401);
    EXPECT_EQ(ask(ana, "echo still here"), "still here");

    write_tokens("short\n");
    const auto refused = host.cli({"reload"});
    EXPECT_EQ(refused.exit_code, 78);
    EXPECT_THAT(refused.err, HasSubstr("line 1: the token is too short"));
    EXPECT_EQ(status(host.ws(), bearer(bens)), 101);
}

TEST_F(Tokens, bound_the_connections_of_one_user) {
    TestHost host{options("[project.witness.limits]\nconnections_per_user = 2\n")};
    WsClient first{host.ws(), "/witness", bearer(anas)};
    std::optional<WsClient> second{std::in_place, host.ws(), "/witness", bearer(anas)};

    EXPECT_EQ(status(host.ws(), bearer(anas)), 429);
    EXPECT_EQ(status(host.ws(), bearer("shared-secret-0123456789")), 101);

    second.reset();
    EXPECT_TRUE(eventually([&] { return status(host.ws(), bearer(anas)) == 101; }));
}

TEST_F(Tokens, do_not_help_a_page_of_another_site_nor_a_name_of_somebody_else) {
    TestHost host{options("hosts = [\"chat.example\"]\n")};
    auto headers = bearer(anas);

    headers.emplace_back("Host", "chat.example");
    EXPECT_EQ(status(host.ws(), headers), 101);
    headers.emplace_back("Origin", "https://evil.example");
    EXPECT_EQ(status(host.ws(), headers), 403);
    headers = bearer(anas);
    headers.emplace_back("Host", "evil.example");
    EXPECT_EQ(status(host.ws(), headers), 421);
}

}  // namespace berth::test
