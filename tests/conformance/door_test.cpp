// SPDX-License-Identifier: MIT
/// The rules at the door: origins, sub-protocols, the project's own word, limits and times (SEMANTICS:
/// connection).
#include <memory>

#include "conformance/suite.hpp"
#include "support/hostile_requests.hpp"

namespace berth::test {

namespace {

/// A host of its own, for its limits are small. Times: head and TLS handshake 1 s, connection event 2 s.
class DoorEnvironment : public testing::Environment {
public:
    void SetUp() override {
        host_ = std::make_unique<TestHost>(HostOptions{
            .isolation = tested_isolation(),
            .projects = {fixture_project("door"), shipped_project("echo")},
            .limits = {"connection_event = \"2 s\""},
            .host_limits = {"head = \"1 s\"", "tls_handshake = \"1 s\""},
            .more = "[project.door]\norigins = [\"same-host\", \"app.example\", \"*.pages.example\"]\n"
                    "[project.full]\nlimits = { connections = 2 }\n"
                    "[project.typed]\nsubprotocols = [\"chat.v2\", \"chat.v1\"]\n"});
        host_->install(fixture_project("door"), "full.so");
        host_->install(fixture_project("door"), "typed.so");
        host_->install(fixture_project("door"), "anyone.so");
        for (const auto* name : {"full", "typed", "anyone"})
            ASSERT_TRUE(host_->project_is(name, "open")) << name;
    }
    void TearDown() override { host_.reset(); }
    TestHost& host() { return *host_; }

private:
    std::unique_ptr<TestHost> host_;
};

DoorEnvironment* const door =
    static_cast<DoorEnvironment*>(testing::AddGlobalTestEnvironment(new DoorEnvironment));

class Door : public testing::TestWithParam<bool> {
protected:
    [[nodiscard]] const Endpoint& endpoint() const { return door->host().endpoint(GetParam()); }
    HttpReply ask(std::string_view target, const Headers& headers = {}) {
        client_.emplace(endpoint());
        return client_->ask(target, headers);
    }
    std::optional<RawClient> client_;
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Transports, Door, both_transports(), name_of_transport);

// RFC 6455 section 10.2; the remedy against cross-site hijacking.
TEST_P(Door, lets_in_pages_of_the_same_host_and_of_the_list_and_nobody_else) {
    for (const auto& [origin, host, allowed] : origin_cases()) {
        const auto reply = ask("/door", {{"Origin", origin}, {"Host", host}});
        EXPECT_EQ(reply.status, allowed ? 101 : 403) << origin << " at " << host << ": " << reply.body;
        if (!allowed) {
            EXPECT_EQ(reply.body.find("example"), std::string::npos) << reply.body;
        }
    }
}

TEST_P(Door, lets_in_clients_that_are_no_browsers) {
    EXPECT_EQ(ask("/door").status, 101);
}

TEST_P(Door, tells_the_operator_how_to_let_a_refused_origin_in) {
    const std::string name = GetParam() ? "tls.new.example" : "new.example";

    // Many refusals in a short time are counted, not all written.
    EXPECT_TRUE(eventually([&] {
        ask("/door", {{"Origin", "http://" + name}});
        return door->host().log().find(name + "\\\" to origins in [project.door]") != std::string::npos;
    }));
}

TEST_P(Door, refuses_with_the_status_and_reason_of_the_project) {
    for (const int status : {400, 401, 403, 404, 409, 418, 429, 500, 503, 599}) {
        const auto reply = ask("/door?status=" + std::to_string(status) + "&reason=not%20today");
        EXPECT_EQ(reply.status, status);
        EXPECT_NE(reply.body.find("not today"), std::string::npos) << reply.body;
        EXPECT_EQ(reply.header("Retry-After"), status == 503 ? "5" : "");
        EXPECT_NE(client_->wait_end(), End::open);
    }
}

TEST_P(Door, a_connection_event_that_fails_is_500_without_its_sentence) {
    const auto reply = ask("/door?throw=secret");

    EXPECT_EQ(reply.status, 500);
    EXPECT_EQ(reply.body.find("secret"), std::string::npos);
    EXPECT_TRUE(door->host().logs("secret"));
}

TEST_P(Door, a_connection_event_may_take_its_time_and_delays_nobody) {
    RawClient slow{endpoint()};
    ASSERT_TRUE(slow.send(upgrade_request("/door?wait=1200")));

    EXPECT_EQ(ask("/door").status, 101);

    EXPECT_EQ(slow.input(), "");
    EXPECT_EQ(slow.reply().status, 101);
}

TEST_P(Door, a_connection_event_that_takes_too_long_is_503) {
    const auto reply = ask("/door?wait=4000");

    EXPECT_EQ(reply.status, 503);
    EXPECT_NE(client_->wait_end(), End::open);
}

TEST_P(Door, what_the_connection_event_sends_comes_right_after_the_101) {
    ASSERT_EQ(ask("/door?greet=welcome").status, 101);

    EXPECT_EQ(next_message(*client_).payload, "welcome");
}

TEST_P(Door, the_project_chooses_among_the_sub_protocols_offered) {
    const auto reply = ask("/door?protocol=wamp", {{"Sec-WebSocket-Protocol", "soap, wamp"}});

    ASSERT_EQ(reply.status, 101);
    EXPECT_EQ(reply.header("Sec-WebSocket-Protocol"), "wamp");
    client_->send(text_frame("protocol?"));
    EXPECT_EQ(next_message(*client_).payload, "wamp");
}

TEST_P(Door, sub_protocols_may_come_in_several_lines) {
    RawClient client{endpoint()};
    auto request = upgrade_request("/door?protocol=wamp");
    request.insert(request.size() - 2, "Sec-WebSocket-Protocol: soap\r\nSec-WebSocket-Protocol: wamp\r\n");
    client.send(request);

    EXPECT_EQ(client.reply().header("Sec-WebSocket-Protocol"), "wamp");
}

TEST_P(Door, a_sub_protocol_that_was_not_offered_is_not_chosen) {
    const auto reply = ask("/door?protocol=wamp", {{"Sec-WebSocket-Protocol", "soap"}});

    EXPECT_EQ(reply.status, 101);
    EXPECT_EQ(reply.count("Sec-WebSocket-Protocol"), 0u);
}

TEST_P(Door, a_configured_list_of_sub_protocols_is_the_projects_whole_choice) {
    EXPECT_EQ(ask("/typed?protocol=chat.v1", {{"Sec-WebSocket-Protocol", "chat.v1, other"}})
                  .header("Sec-WebSocket-Protocol"),
              "chat.v1");
    EXPECT_EQ(ask("/typed?protocol=other", {{"Sec-WebSocket-Protocol", "other, chat.v1"}})
                  .header("Sec-WebSocket-Protocol"),
              "chat.v1")
        << "the project never sees the other, and the host chooses where the project does not";
    EXPECT_EQ(ask("/typed", {{"Sec-WebSocket-Protocol", "other"}}).status, 400);
    EXPECT_EQ(ask("/typed").status, 101);
}

TEST_P(Door, a_blocked_project_answers_503_with_retry_after_and_keeps_its_clients) {
    ASSERT_EQ(ask("/anyone").status, 101);
    auto before = std::move(*client_);
    ASSERT_EQ(door->host().ask("block", {{"project", "anyone"}, {"retry_after_s", 17}}).at("ok"), true);

    const auto reply = ask("/anyone");

    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.header("Retry-After"), "17");
    expect_echo(before, {.is_text = true, .payload = "still served"});
    EXPECT_EQ(ask("/door").status, 101);
    ASSERT_EQ(door->host().ask("open", {{"project", "anyone"}}).at("ok"), true);
    EXPECT_EQ(ask("/anyone").status, 101);
}

TEST_P(Door, a_full_project_answers_503_until_somebody_leaves) {
    // The one who left in the test before may still count for a moment.
    ASSERT_TRUE(eventually([] { return door->host().project("full").at("clients") == 0; }));
    RawClient first{endpoint()}, second{endpoint()};
    first.open("/full");
    second.open("/full");

    const auto reply = ask("/full");

    EXPECT_EQ(reply.status, 503);
    EXPECT_NE(reply.header("Retry-After"), "");
    second.reset();
    EXPECT_TRUE(eventually([&] { return ask("/full").status == 101; }));
}

TEST_P(Door, a_request_that_does_not_end_in_time_is_let_go) {
    RawClient silent{endpoint()}, slow{endpoint()}, half{endpoint()};
    half.send("GET /door HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    const std::string request = upgrade_request("/door");
    std::size_t at = 0;
    while (slow.end() == End::open && at < request.size()) {
        slow.send(request.substr(at++, 1));
        slow.receive(Deadline{std::chrono::milliseconds{50}});
    }

    EXPECT_LT(at, request.size()) << "a byte every 50 ms was let in after more than a second";
    for (auto* client : {&silent, &half, &slow}) {
        EXPECT_NE(client->wait_end(), End::open);
        EXPECT_TRUE(client->input().empty() || client->input().starts_with("HTTP/1.1 408"))
            << client->input();
    }
}

TEST(DoorTls, a_handshake_that_does_not_end_in_time_is_let_go) {
    RawClient silent{door->host().wss(), {.handshakes_tls = false}},
        half{door->host().wss(), {.handshakes_tls = false}};
    half.send(std::string{"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11});

    EXPECT_NE(silent.wait_end(), End::open);
    EXPECT_NE(half.wait_end(), End::open);
}

TEST(DoorTls, what_is_no_tls_ends_at_once_and_others_go_on) {
    for (const auto& bytes :
         {std::string{"GET /door HTTP/1.1\r\n\r\n"}, some_bytes(500), std::string(500, '\0')}) {
        RawClient client{door->host().wss(), {.handshakes_tls = false}};
        client.send(bytes);
        EXPECT_NE(client.wait_end(), End::open);
        EXPECT_EQ(client.input().find("HTTP/1.1 101"), std::string::npos);
    }
    RawClient good{door->host().wss()};
    good.open("/door");
    expect_echo(good, {.is_text = true, .payload = "fine"});
}

}  // namespace berth::test
