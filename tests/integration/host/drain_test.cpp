// SPDX-License-Identifier: MIT
/// SEMANTICS: administration, drain: of the host and of one project.
#include <set>

#include "integration/host/suite.hpp"

namespace berth::test {

using testing::AllOf;
using testing::HasSubstr;

class Draining : public BothIsolations {
protected:
    HostOptions options() const {
        auto options = with({fixture_project("witness"), shipped_project("echo")}, "[project.witness]\ninterval = \"1 h\"\n");
        options.pages = {{"/chat", std::string(BERTH_SOURCE_DIRECTORY) + "/examples/browser/chat"}};
        return options;
    }
    int ready_status() const {
        Endpoint pages;
        pages.port = static_cast<std::uint16_t>(std::stoi(host_.pages_url().substr(host_.pages_url().rfind(':') + 1)));
        RawClient client{pages};
        client.send("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(pages.port) + "\r\nConnection: close\r\n\r\n");
        return client.reply().status;
    }

    TestHost host_{options()};
};
BERTH_BOTH_ISOLATIONS(Draining);

TEST_P(Draining, of_the_host_keeps_newcomers_out_before_anybody_is_closed) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/echo");
    EXPECT_EQ(ready_status(), 200);

    const auto begun = host_.cli({"drain", "--over", "1h", "--retry-after", "7s", "--yes", "--no-wait"});

    ASSERT_EQ(begun.exit_code, 0) << begun.err;
    EXPECT_THAT(begun.err, HasSubstr("`berth open` ends it"));
    for (const char* path : {"/witness", "/echo"}) {
        const auto refused = RawClient{host_.ws()}.ask(path);
        EXPECT_EQ(refused.status, 503);
        EXPECT_EQ(refused.header("Retry-After"), "7");
    }
    EXPECT_EQ(host_.cli({"health"}).exit_code, 1);
    EXPECT_TRUE(eventually([&] { return ready_status() == 503; }));
    const auto status = host_.ask("status");
    EXPECT_EQ(status.at("host").at("state"), "draining");
    EXPECT_EQ(status.at("host").at("drain").at("over_ms"), 3'600'000);
    EXPECT_THAT(host_.cli({"status"}).out, AllOf(HasSubstr("draining"), HasSubstr("clients are sent away, the last one in")));
    EXPECT_EQ(ask(ana, "echo still here"), "still here");

    EXPECT_EQ(host_.cli({"open"}).exit_code, 0);

    EXPECT_EQ(host_.ask("status").at("host").at("state"), "running");
    EXPECT_TRUE(eventually([&] { return ready_status() == 200; }));
    EXPECT_EQ(ask(ben, "still here"), "still here");
    auto cleo = host_.connect("/echo");
    EXPECT_EQ(ask(cleo, "hello"), "hello");
}

TEST_P(Draining, of_the_host_sends_everybody_away_over_the_time_and_its_projects_run_on) {
    std::vector<WsClient> clients;
    for (int i = 0; i < 12; ++i) clients.emplace_back(host_.endpoint(i % 2 == 0), i < 6 ? "/witness" : "/echo");
    const auto begun = std::chrono::steady_clock::now();

    ASSERT_EQ(host_.cli({"drain", "--over", "3s", "--retry-after", "7s", "--yes", "--no-wait"}).exit_code, 0);

    // A late look sees fewer than there were: only who went too early is missed. Each thread of two rounds for itself.
    EXPECT_TRUE(eventually([&] {
        const auto now = host_.ask("status");
        const double share = 1 - std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count() / 3;
        EXPECT_GE(now.at("clients").get<double>() + 2, 12 * share) << "they went in a bunch";
        return now.at("host").at("state") == "drained";
    }, Deadline{std::chrono::minutes(1)}));
    for (auto& client : clients) {
        const Closed closed = client.closed();
        EXPECT_EQ(closed.code, 1001u);
        EXPECT_EQ(closed.reason, "the server sends its clients away; retry-after=7");
    }
    EXPECT_TRUE(eventually([&] { return Events{host_}.count("gone ") == 6; }));
    for (const auto& gone : Events{host_}.rest("gone ")) EXPECT_THAT(gone, HasSubstr(" 1001 "));
    EXPECT_EQ(Events{host_}.count("stop"), 0u) << "projects run on";
    EXPECT_EQ(RawClient{host_.ws()}.ask("/echo").status, 503);
    EXPECT_EQ(host_.ask("status").at("host").at("drain"), nullptr);
    EXPECT_EQ(host_.cli({"open"}).exit_code, 0);
    EXPECT_EQ(host_.connect("/witness").raw().end(), End::open);
}

TEST_P(Draining, of_one_project_leaves_the_others_alone) {
    auto ana = host_.connect("/witness"), ben = host_.connect("/witness"), cleo = host_.connect("/echo");

    const auto done = host_.cli({"drain", "witness", "--over", "300ms", "--yes"});

    ASSERT_EQ(done.exit_code, 0) << done.err;
    EXPECT_THAT(done.err, HasSubstr("project witness is blocked, 0 clients left"));
    for (auto* client : {&ana, &ben}) {
        const Closed closed = client->closed();
        EXPECT_EQ(closed.code, 1001u);
        EXPECT_EQ(closed.reason, "the project sends its clients away; retry-after=30");
    }
    EXPECT_EQ(ask(cleo, "still here"), "still here");
    EXPECT_EQ(host_.cli({"health"}).exit_code, 0);
    EXPECT_EQ(RawClient{host_.ws()}.ask("/witness").status, 503);
    EXPECT_EQ(host_.connect("/echo").raw().end(), End::open);
    EXPECT_EQ(host_.cli({"open", "witness"}).exit_code, 0);
    EXPECT_EQ(ask(*std::make_unique<WsClient>(host_.ws(), "/witness"), "echo hi"), "hi");
}

TEST_P(Draining, is_ended_by_open_and_who_is_left_stays) {
    auto ana = host_.connect("/witness");
    ASSERT_EQ(host_.cli({"drain", "witness", "--over", "1h", "--no-wait"}).exit_code, 0);
    EXPECT_EQ(host_.project("witness").at("state"), "draining");
    EXPECT_EQ(host_.project("witness").at("drain").at("over_ms"), 3'600'000);

    EXPECT_EQ(host_.cli({"open", "witness"}).exit_code, 0);

    EXPECT_EQ(host_.project("witness").at("state"), "open");
    EXPECT_EQ(host_.project("witness").at("drain"), nullptr);
    EXPECT_EQ(ask(ana, "echo still here"), "still here");
}

TEST_P(Draining, says_what_cannot_be_drained) {
    EXPECT_EQ(host_.cli({"drain", "witnes"}).exit_code, 3);
    ASSERT_EQ(host_.cli({"stop", "witness"}).exit_code, 0);
    const auto refused = host_.cli({"drain", "witness"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("project witness is stopped: it has no clients that could be sent away; `berth start witness` starts it"));
    EXPECT_EQ(host_.cli({"drain", "--over", "2d", "--yes"}).exit_code, 2);
    std::vector<WsClient> two;
    for (int i = 0; i < 2; ++i) two.emplace_back(host_.ws(), "/echo");
    EXPECT_EQ(host_.cli({"drain", "--over", "1s"}).exit_code, 2) << "it was not asked";
}

TEST_P(Draining, gives_way_to_a_stop) {
    auto ana = host_.connect("/echo");
    ASSERT_EQ(host_.cli({"drain", "--over", "1h", "--no-wait"}).exit_code, 0);

    host_.stop();

    EXPECT_EQ(ana.closed().code, 1001u);
}

}  // namespace berth::test
