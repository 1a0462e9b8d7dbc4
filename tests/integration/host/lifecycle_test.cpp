// SPDX-License-Identifier: MIT
/// SEMANTICS: administration: stop, start and reload of one project; its clients, its events, and everybody else's.
#include "integration/host/suite.hpp"

namespace berth::test {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class Lifecycle : public BothIsolations {
protected:
    static constexpr const char* settings = "[project.witness]\ninterval = \"1 h\"\n";

    /// The status line's code that a newcomer gets; 101 where it is let in.
    static int door_of(const TestHost& host, const std::string& target) { return RawClient{host.ws()}.ask(target).status; }
};
BERTH_BOTH_ISOLATIONS(Lifecycle);

TEST_P(Lifecycle, stop_closes_the_projects_clients_with_1001_and_nobody_elses) {
    TestHost host{with({fixture_project("witness"), shipped_project("echo")}, settings)};
    auto ana = host.connect("/witness"), ben = host.connect("/witness"), cleo = host.connect("/echo");
    const auto ana_id = ask(ana, "id");

    const auto stopped = host.cli({"stop", "witness", "--yes"});

    EXPECT_EQ(stopped.exit_code, 0) << stopped.err;
    EXPECT_THAT(stopped.err, HasSubstr("`berth start witness`"));
    EXPECT_EQ(ana.closed().code, 1001u);
    EXPECT_EQ(ben.closed().code, 1001u);
    EXPECT_EQ(ask(cleo, "still here"), "still here");
    EXPECT_EQ(host.project("witness").at("state"), "stopped");
    const Events events{host};
    EXPECT_EQ(events.count("gone " + ana_id + " 1001"), 1u);
    EXPECT_EQ(events.count("stop"), 1u);
    EXPECT_LE(events.after_last("gone "), events.first("stop")) << "first the clients go, then the stop event runs";
}

TEST_P(Lifecycle, newcomers_to_a_stopped_project_get_503_with_retry_after) {
    TestHost host{with({fixture_project("witness")}, settings)};
    ASSERT_EQ(host.cli({"stop", "witness"}).exit_code, 0);

    const auto reply = RawClient{host.ws()}.ask("/witness");

    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.header("Retry-After"), "30");
    EXPECT_THAT(host.cli({"service", "witness"}).err, HasSubstr("is stopped; `berth start witness` starts it"));
    EXPECT_EQ(host.cli({"service", "witness"}).exit_code, 69);
    EXPECT_EQ(host.cli({"health"}).exit_code, 0) << "somebody wanted it so";
}

TEST_P(Lifecycle, start_begins_anew_and_both_may_be_said_twice) {
    TestHost host{with({fixture_project("witness")}, settings)};
    EXPECT_EQ(host.cli({"start", "witness"}).exit_code, 0) << "it runs";
    EXPECT_EQ(host.cli({"stop", "witness"}).exit_code, 0);
    EXPECT_EQ(host.cli({"stop", "witness"}).exit_code, 0);

    const auto started = host.cli({"start", "witness"});

    EXPECT_EQ(started.exit_code, 0) << started.err;
    EXPECT_THAT(started.err, HasSubstr("project witness is open"));
    auto ana = host.connect("/witness");
    EXPECT_EQ(ask(ana, "runs"), "1") << "fresh globals";
    EXPECT_EQ(host.cli({"start", "witness"}).exit_code, 0);
    EXPECT_EQ(ask(ana, "runs"), "1") << "nothing happened to it";
    EXPECT_EQ(host.project("witness").at("crashes"), 0);
}

TEST_P(Lifecycle, a_host_that_starts_again_starts_what_was_stopped_and_opens_what_was_blocked) {
    TestHost host{with({fixture_project("witness"), shipped_project("echo")}, settings)};
    ASSERT_EQ(host.cli({"stop", "witness"}).exit_code, 0);
    ASSERT_EQ(host.cli({"block", "echo"}).exit_code, 0);

    host.restart();

    EXPECT_EQ(host.project("witness").at("state"), "open");
    EXPECT_EQ(host.project("echo").at("state"), "open");
}

TEST_P(Lifecycle, what_is_configured_as_disabled_is_known_and_can_be_started) {
    TestHost host{with({fixture_project("witness")}, "[project.witness]\nenabled = false\n")};
    EXPECT_EQ(host.project("witness").at("state"), "stopped");
    EXPECT_EQ(door_of(host, "/witness"), 503);

    EXPECT_EQ(host.cli({"start", "witness"}).exit_code, 0);
    EXPECT_EQ(door_of(host, "/witness"), 101);

    host.restart();
    EXPECT_EQ(host.project("witness").at("state"), "stopped");
}

TEST_P(Lifecycle, a_stopped_project_starts_with_the_library_that_came_meanwhile) {
    TestHost host{with({fixture_project("greeter_1")})};
    ASSERT_EQ(host.cli({"stop", "greeter_1"}).exit_code, 0);
    const auto before = host.project("greeter_1").at("generation");

    install_file(fixture_project("greeter_2"), host.plugins() / "greeter_1.so");
    ASSERT_TRUE(eventually([&] { return host.project("greeter_1").at("generation") != before; }));
    EXPECT_EQ(host.project("greeter_1").at("state"), "stopped");
    EXPECT_EQ(host.cli({"start", "greeter_1"}).exit_code, 0);

    auto client = host.connect("/greeter_1");
    EXPECT_EQ(ask(client, "hi"), "version 2");
}

TEST_P(Lifecycle, a_blocked_project_stays_blocked_until_it_is_opened) {
    TestHost host{with({fixture_project("witness")}, settings)};
    ASSERT_EQ(host.cli({"block", "witness"}).exit_code, 0);
    ASSERT_EQ(host.cli({"stop", "witness"}).exit_code, 0);
    const auto too_early = host.cli({"open", "witness"});
    EXPECT_EQ(too_early.exit_code, 1);
    EXPECT_THAT(too_early.err, HasSubstr("`berth start witness`"));

    const auto started = host.cli({"start", "witness"});

    EXPECT_EQ(started.exit_code, 0);
    EXPECT_THAT(started.err, HasSubstr("is blocked; `berth open witness` lets newcomers in"));
    EXPECT_EQ(door_of(host, "/witness"), 503);
    EXPECT_EQ(host.cli({"open", "witness"}).exit_code, 0);
    EXPECT_EQ(door_of(host, "/witness"), 101);
}

TEST_P(Lifecycle, reload_is_a_redeploy_of_the_same_library) {
    TestHost host{with({fixture_project("witness"), shipped_project("echo")}, settings)};
    auto ana = host.connect("/witness"), cleo = host.connect("/echo");
    const auto before = host.project("witness").at("generation");

    const auto reloaded = host.cli({"reload", "witness"});

    EXPECT_EQ(reloaded.exit_code, 0) << reloaded.err;
    EXPECT_EQ(ask(ana, "echo still"), "still") << "served by the generation that it connected to";
    EXPECT_EQ(ask(cleo, "still here"), "still here");
    EXPECT_NE(host.project("witness").at("generation"), before);
    auto ben = host.connect("/witness");
    EXPECT_EQ(ask(ben, "runs"), "1");
}

TEST_P(Lifecycle, reload_says_when_there_is_nothing_to_load) {
    TestHost host{with({fixture_project("witness")}, settings)};
    auto ana = host.connect("/witness");
    ask(ana, "id");
    std::filesystem::remove(host.plugins() / "witness.so");

    const auto gone = host.cli({"reload", "witness"});

    EXPECT_EQ(gone.exit_code, 66);
    EXPECT_THAT(gone.err, HasSubstr("its library file is gone; put it back first"));
    EXPECT_EQ(ask(ana, "echo still here"), "still here");
    ASSERT_EQ(host.cli({"stop", "witness"}).exit_code, 0);
    const auto stopped = host.cli({"reload", "witness"});
    EXPECT_EQ(stopped.exit_code, 1);
    EXPECT_THAT(stopped.err, HasSubstr("`berth start witness` starts its newest library"));
}

TEST_P(Lifecycle, unknown_names_are_exit_code_3_with_a_suggestion) {
    TestHost host{with({fixture_project("witness")}, settings)};
    for (const auto* verb : {"stop", "start", "reload"}) {
        const auto result = host.cli({verb, "witnes"});
        EXPECT_EQ(result.exit_code, 3) << verb;
        EXPECT_EQ(result.err, "berth: no project is called witnes; did you mean witness?\n");
    }
}

TEST_P(Lifecycle, ends_of_more_than_one_client_want_to_be_confirmed) {
    TestHost host{with({fixture_project("witness")}, settings)};
    auto ana = host.connect("/witness"), ben = host.connect("/witness");
    ask(ana, "id");
    ask(ben, "id");
    for (const auto& words : std::vector<std::vector<std::string>>{{"stop", "witness"}, {"reload", "witness"}, {"stop"}}) {
        const auto refused = host.cli(words);
        EXPECT_EQ(refused.exit_code, 2);
        EXPECT_THAT(refused.err, AllOf(HasSubstr("2 clients"), HasSubstr("add --yes")));
    }
    EXPECT_EQ(ask(ana, "echo still here"), "still here");
}

TEST_P(Lifecycle, every_change_is_in_the_log_with_who_wanted_it) {
    TestHost host{with({fixture_project("witness")}, settings)};
    host.cli({"stop", "witness"});
    host.cli({"start", "witness"});

    const auto lines = host.cli({"logs", "--lines", "1000"}).out;

    for (const auto* verb : {"verb=stop", "verb=start"}) EXPECT_THAT(lines, HasSubstr(verb));
    EXPECT_THAT(lines, HasSubstr("uid=" + std::to_string(::getuid())));
}

}  // namespace berth::test
