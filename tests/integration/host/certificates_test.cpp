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

TEST(Certificates, are_taken_in_when_their_files_change) {
    TestHost host{with_echo()};
    const auto before = expiry_of(host);

    host.replace_certificate(make_certificate({.to_s = 120L * 86400}));

    EXPECT_TRUE(eventually([&] { return expiry_of(host) > before; }));
    EXPECT_TRUE(WsClient(host.wss(), "/echo").is_open());
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
