// SPDX-License-Identifier: MIT
#include "gateway/door.hpp"

#include <gtest/gtest.h>

namespace berth::host::gateway {
namespace {

ProjectRules open_project() {
    ProjectRules rules;
    rules.name = "chat";
    rules.state = ProjectState::open;
    return rules;
}

struct OriginCase {
    const char* origin;
    const char* host;
    bool loopback, tls, allowed;
};

}  // namespace

TEST(Door, refuses_newcomers_to_a_project_that_is_not_open_with_503_and_retry_after) {
    ProjectRules rules = open_project();
    EXPECT_FALSE(check_state(rules));

    for (const auto state : {ProjectState::blocked, ProjectState::starting, ProjectState::failed, ProjectState::stopped}) {
        rules.state = state;
        rules.retry_after_s = 30;
        const auto refusal = check_state(rules);
        ASSERT_TRUE(refusal) << name_of(state);
        EXPECT_EQ(refusal->status, 503);
        EXPECT_EQ(refusal->retry_after_s, 30u);
        EXPECT_EQ(refusal->rule, name_of(state));
    }
}

TEST(Door, holds_the_limits_of_host_project_and_address) {
    ProjectRules rules = open_project();
    rules.connections = 5;
    rules.connections_per_address = 2;
    HostRules host;
    host.connections = 10;

    EXPECT_FALSE(check_limits(rules, host, {.host = 9, .project = 4, .project_address = 1}));
    EXPECT_EQ(check_limits(rules, host, {.host = 10})->status, 503);
    EXPECT_EQ(check_limits(rules, host, {.project = 5})->status, 503);
    EXPECT_EQ(check_limits(rules, host, {.project_address = 2})->status, 429);
    EXPECT_FALSE(check_limits(rules, host, {.project_address = 2, .address_is_exempt = true}));
    EXPECT_EQ(check_limits(rules, host, {.project = 5})->remedy, "raise connections in [project.chat.limits]");
}

TEST(Door, lets_pages_of_the_same_host_in_and_no_look_alikes) {
    const ProjectRules rules = open_project();
    const OriginCase cases[] = {
        {"http://localhost:7680", "localhost:7681", true, false, true},
        {"http://LOCALHOST:7680", "localhost:7681", true, false, true},
        {"http://127.0.0.1:7680", "localhost:7681", true, false, false},
        {"http://[::1]:7680", "[::1]:7681", true, false, true},
        {"https://example.org", "example.org", false, true, true},
        {"https://example.org:443", "example.org", false, true, true},
        {"https://example.org:8443", "example.org", false, true, false},
        {"http://example.org", "example.org", false, true, false},
        {"https://example.org.evil.example", "example.org", false, true, false},
        {"https://evilexample.org", "example.org", false, true, false},
        {"https://example.org@evil.example", "example.org", false, true, false},
        {"https://example.org/", "example.org", false, true, false},
        {"https://", "example.org", false, true, false},
        {"example.org", "example.org", false, true, false},
        {"null", "example.org", false, true, false},
        {"", "example.org", false, true, false},
        {"https://evil.example, https://example.org", "example.org", false, true, false},
    };
    for (const auto& c : cases) {
        const auto refusal = check_origin(rules, c.origin, c.host, c.loopback, c.tls);
        EXPECT_EQ(!refusal, c.allowed) << c.origin << " at " << c.host;
        EXPECT_TRUE(!refusal || refusal->status == 403);
    }
}

TEST(Door, believes_no_page_by_its_name_on_loopback_where_any_name_can_be_made_to_lead) {
    ProjectRules rules = open_project();
    const auto refusal = check_origin(rules, "http://evil.example:7681", "evil.example:7681", /*listener_is_loopback=*/true, false);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->status, 403);
    EXPECT_EQ(refusal->remedy, "if a proxy in front passes that name on, add \"evil.example\" to hosts in [project.chat]");
    EXPECT_TRUE(check_origin(rules, "http://127.0.0.1.evil.example", "127.0.0.1.evil.example", true, false));

    rules.hosts = {"chat.example.org"};
    EXPECT_FALSE(check_origin(rules, "https://chat.example.org", "chat.example.org", true, false)) << "a proxy is in front";
    EXPECT_TRUE(check_origin(rules, "https://evil.example", "evil.example", true, false));
}

TEST(Door, compares_no_ports_where_a_proxy_does_not_say_what_its_browser_speaks) {
    const ProjectRules rules = open_project();
    EXPECT_FALSE(check_origin(rules, "https://chat.example.org", "chat.example.org", false, std::nullopt));
    EXPECT_TRUE(check_origin(rules, "https://evil.example", "chat.example.org", false, std::nullopt));
    EXPECT_FALSE(check_origin(rules, "https://chat.example.org", "chat.example.org", false, true));
    EXPECT_TRUE(check_origin(rules, "https://chat.example.org", "chat.example.org", false, false));
}

TEST(Door, lets_clients_without_an_origin_in_for_they_are_no_browsers) {
    EXPECT_FALSE(check_origin(open_project(), std::nullopt, "example.org", false, true));
}

TEST(Door, knows_listed_hosts_subdomains_whole_origins_and_everybody) {
    ProjectRules rules = open_project();
    const auto allowed = [&](std::vector<std::string> origins, std::string_view origin) {
        rules.origins = std::move(origins);
        return !check_origin(rules, origin, "ws.example.net", false, true);
    };

    EXPECT_TRUE(allowed({"example.org"}, "https://example.org"));
    EXPECT_FALSE(allowed({"example.org"}, "https://www.example.org"));
    EXPECT_TRUE(allowed({"*.example.org"}, "https://www.example.org"));
    EXPECT_FALSE(allowed({"*.example.org"}, "https://example.org"));
    EXPECT_FALSE(allowed({"*.example.org"}, "https://notexample.org"));
    EXPECT_TRUE(allowed({"https://app.example.org"}, "https://app.example.org:443"));
    EXPECT_FALSE(allowed({"https://app.example.org"}, "http://app.example.org"));
    EXPECT_TRUE(allowed({"example.org:8443"}, "https://example.org:8443"));
    EXPECT_FALSE(allowed({"example.org:8443"}, "https://example.org"));
    EXPECT_TRUE(allowed({"*"}, "null"));
    EXPECT_FALSE(allowed({}, "https://ws.example.net"));
}

TEST(Door, tells_the_operator_how_to_let_an_origin_in) {
    const auto refusal = check_origin(open_project(), "https://app.example", "ws.example", false, true);

    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->remedy, "add \"app.example\" to origins in [project.chat]");
}

TEST(Door, narrows_sub_protocols_to_those_configured) {
    ProjectRules rules = open_project();
    EXPECT_EQ(filter_subprotocols(rules, {"a", "b"}).subprotocols.size(), 2u);

    rules.subprotocols = {"chat.v1", "chat.v2"};

    EXPECT_EQ(filter_subprotocols(rules, {"x", "chat.v2"}).subprotocols, std::vector<std::string_view>{"chat.v2"});
    EXPECT_FALSE(filter_subprotocols(rules, {}).refusal);
    const auto refused = filter_subprotocols(rules, {"x"}).refusal;
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 400);
    EXPECT_EQ(refused->sentence, "none of the sub-protocols offered is spoken here; spoken: chat.v1, chat.v2");
}

TEST(Door, answers_only_for_the_configured_names_and_on_loopback_for_its_addresses) {
    ProjectRules rules = open_project();
    EXPECT_FALSE(check_host(rules, "anything.example", false));
    rules.hosts = {"chat.example"};

    for (const char* host : {"chat.example", "chat.example:7681", "CHAT.example"}) EXPECT_FALSE(check_host(rules, host, false)) << host;
    for (const char* host : {"127.0.0.1:7681", "localhost", "[::1]:7681", "chat.example"}) EXPECT_FALSE(check_host(rules, host, true)) << host;
    for (const char* host : {"evil.example", "chat.example.evil", "xchat.example", "127.0.0.1", "localhost", ""})
        EXPECT_EQ(check_host(rules, host, false)->status, 421) << host;
    for (const char* host : {"evil.example", "127.evil.example", "localhost.evil", "192.0.2.1"})
        EXPECT_EQ(check_host(rules, host, true)->status, 421) << host;
    EXPECT_EQ(check_host(rules, "evil.example:80", false)->remedy, "add \"evil.example\" to hosts in [project.chat]");
}

TEST(Door, bounds_the_connections_of_one_user) {
    ProjectRules rules = open_project();
    rules.connections_per_user = 2;

    EXPECT_FALSE(check_user(rules, "ana", 1));
    EXPECT_EQ(check_user(rules, "ana", 2)->status, 429);
    EXPECT_FALSE(check_user(rules, "", 2)) << "a shared secret belongs to nobody in particular";
}

}  // namespace berth::host::gateway
