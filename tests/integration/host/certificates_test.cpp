// SPDX-License-Identifier: MIT
/// Certificates replaced: a good one holds for new handshakes, a bad one changes nothing. Many of them: tests/integration/chaos.
#include "integration/host/suite.hpp"

namespace berth::test {

using nlohmann::json;
using testing::HasSubstr;

namespace {

HostOptions with_echo() {
    HostOptions options;
    options.projects = {shipped_project("echo")};
    return options;
}

std::int64_t expiry_of(const TestHost& host) {
    const json status = host.ask("status");
    for (const auto& listener : status.at("listeners"))
        if (listener.at("tls") == true) return listener.at("certificate_expires_at_ms").get<std::int64_t>();
    return 0;
}

}  // namespace

namespace {

/// As `with_echo`, with certificates for two sites besides.
HostOptions with_sites() {
    HostOptions options = with_echo();
    options.by_name["chat"] = make_certificate({.names = "DNS:chat.example.org"});
    options.by_name["site"] = make_certificate({.names = "DNS:*.example.org,DNS:example.org"});
    return options;
}

/// Whether a client that asks for `name` and trusts only who signed `certificate` is let in.
bool is_shown(const TestHost& host, const std::string& name, const Certificate& certificate) {
    Endpoint endpoint = host.wss();
    endpoint.name = name;
    endpoint.authority_pem = certificate.authority_pem;
    try {
        WsClient client{endpoint, "/echo"};
        return ask(client, "hi") == "hi";
    } catch (const std::runtime_error&) {
        return false;
    }
}

}  // namespace

TEST(Certificates, are_chosen_by_the_name_that_a_client_asks_for) {
    TestHost host{with_sites()};
    const auto& sites = host.options().by_name;

    EXPECT_TRUE(is_shown(host, "chat.example.org", sites.at("chat")));
    EXPECT_TRUE(is_shown(host, "example.org", sites.at("site")));
    EXPECT_TRUE(is_shown(host, "www.example.org", sites.at("site")));
    EXPECT_FALSE(is_shown(host, "chat.example.org", sites.at("site")));
    EXPECT_TRUE(WsClient(host.wss(), "/echo").is_open()) << "everybody else gets the listener's own";
}

TEST(Certificates, by_name_are_replaced_with_their_files_and_a_wrong_one_changes_nothing) {
    TestHost host{with_sites()};
    WsClient before{host.wss(), "/echo"};
    const auto renewed = make_certificate({.names = "DNS:chat.example.org", .to_s = 10L * 86400});

    host.replace_certificate("chat", renewed);

    EXPECT_TRUE(eventually([&] { return is_shown(host, "chat.example.org", renewed); })) << "its files have changed";
    const auto listeners = host.ask("status").at("listeners");
    EXPECT_LT(listeners.at(1).at("certificate_expires_at_ms"), expiry_of(TestHost{with_echo()})) << "the first that expires";
    auto wrong = make_certificate({.names = "DNS:www.example.org"});
    wrong.key_pem = renewed.key_pem;
    const auto site = host.options().by_name.at("site");
    host.replace_certificate("site", wrong);
    const auto refused = host.cli({"reload"});
    EXPECT_EQ(refused.exit_code, 78);
    EXPECT_THAT(refused.err, testing::AllOf(HasSubstr("site.pem"), HasSubstr("key: it doesn't belong to the certificate")));
    EXPECT_TRUE(is_shown(host, "example.org", site));
    EXPECT_TRUE(is_shown(host, "chat.example.org", renewed));
    EXPECT_EQ(ask(before, "still here"), "still here");
}

TEST(Certificates, by_name_are_judged_one_by_one_by_check) {
    TestHost host{with_sites()};
    auto wrong = make_certificate({.names = "DNS:chat.example.org"});
    wrong.key_pem = make_certificate().key_pem;
    host.replace_certificate("chat", wrong);
    host.replace_certificate("site", make_certificate({.names = "IP:127.0.0.1"}));

    const auto checked = run({berth_executable().string(), "check", "--config", host.configuration().string()});

    EXPECT_EQ(checked.exit_code, 1);
    const std::string said = checked.out + checked.err;
    EXPECT_THAT(said, HasSubstr("listen.1.tls.by_name.0.key: "));
    EXPECT_THAT(said, HasSubstr("chat.key: it doesn't belong to the certificate"));
    EXPECT_THAT(said, HasSubstr("listen.1.tls.by_name.1.certificate: "));
    EXPECT_THAT(said, HasSubstr("site.pem: it names no host"));
}

TEST(Certificates, are_taken_in_when_their_files_change) {
    TestHost host{with_echo()};
    const auto before = expiry_of(host);

    host.replace_certificate(make_certificate({.to_s = 120L * 86400}));

    EXPECT_TRUE(eventually([&] { return expiry_of(host) > before; }));
    // Known to the host a moment before the gateway shows it.
    EXPECT_TRUE(eventually([&] {
        try {
            return WsClient(host.wss(), "/echo").is_open();
        } catch (const std::runtime_error&) {
            return false;
        }
    }));
}

TEST(Certificates, that_are_wrong_are_refused_with_their_file_and_the_reason) {
    TestHost host{with_echo()};
    Certificate wrong = make_certificate();
    wrong.key_pem = make_certificate().key_pem;
    const Endpoint old = host.wss();
    host.replace_certificate(wrong);

    const auto refused = host.cli({"reload"});

    EXPECT_EQ(refused.exit_code, 78);
    EXPECT_THAT(refused.err, HasSubstr("certificate.pem"));
    EXPECT_THAT(refused.err, HasSubstr("key: it doesn't belong to the certificate"));
    EXPECT_TRUE(WsClient(old, "/echo").is_open());
}

TEST(Certificates, that_expire_within_two_weeks_are_told_in_log_and_metrics) {
    auto options = with_echo();
    options.pages = {{"/chat", std::string(BERTH_SOURCE_DIRECTORY) + "/examples/browser/chat"}};
    TestHost host{options};
    EXPECT_EQ(host.log().find("certificate expires soon"), std::string::npos);

    host.replace_certificate(make_certificate({.to_s = 10L * 86400 + 3600}));
    ASSERT_EQ(host.ask("reload").at("ok"), true);

    EXPECT_TRUE(host.logs("certificate expires soon"));
    EXPECT_TRUE(host.logs("days_left=10"));
    const json listeners = host.ask("stats").at("listeners");
    EXPECT_EQ(listeners.at(1).at("certificate_days_left"), 10);
    EXPECT_FALSE(listeners.at(0).contains("certificate_days_left"));
}

}  // namespace berth::test
