// SPDX-License-Identifier: MIT
/// The configuration read again while clients are connected: all of it holds or nothing has changed, and nobody is cut.
#include <csignal>

#include "integration/host/suite.hpp"

namespace berth::test {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

HostOptions two_projects(std::string more = {}) {
    HostOptions options;
    options.projects = {fixture_project("witness"), shipped_project("echo")};
    options.more = std::move(more);
    return options;
}

std::string echo_limit(int connections) {
    return "[project.echo.limits]\nconnections = " + std::to_string(connections) + "\n";
}

std::int64_t limit_of(const TestHost& host) { return host.project("echo").at("clients_limit").get<std::int64_t>(); }

}  // namespace

TEST(Reload, says_every_error_with_its_place_and_changes_nothing) {
    TestHost host{two_projects(echo_limit(7))};
    host.rewrite_configuration("[project.echo.limits]\nconnections = 8\nidle = \"soon\"\n");

    const auto refused = host.cli({"reload"});

    EXPECT_EQ(refused.exit_code, 78);
    EXPECT_THAT(refused.err, HasSubstr("nothing was changed"));
    EXPECT_THAT(refused.err, testing::ContainsRegex("berth.toml:[0-9]+:[0-9]+: project.echo.limits.idle"));
    EXPECT_EQ(limit_of(host), 7);
    EXPECT_TRUE(host.logs("configuration refused: the running one stays"));
    EXPECT_TRUE(host.logs("project.echo.limits.idle"));

    host.rewrite_configuration(echo_limit(9));
    const auto done = host.cli({"reload"});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    EXPECT_THAT(done.out + done.err, HasSubstr("project.echo.limits.connections"));
    EXPECT_EQ(limit_of(host), 9);
}

TEST(Reload, names_what_cannot_change_while_the_host_runs_and_the_remedy) {
    TestHost host{two_projects()};
    host.rewrite_configuration("[project.echo]\nisolation = \"none\"\n[project.echo.limits]\nconnections = 8\n");

    const auto refused = host.cli({"reload"});

    EXPECT_EQ(refused.exit_code, 78);
    EXPECT_THAT(refused.err, testing::ContainsRegex(
                                 "berth.toml:[0-9]+:[0-9]+: project.echo.isolation: cannot change while the host runs: put its "
                                 "value back, or restart the host"));
    EXPECT_NE(limit_of(host), 8);
}

TEST(Reload, by_a_changed_file_alone) {
    TestHost host{two_projects()};
    auto ana = host.connect("/echo");
    host.rewrite_configuration(echo_limit(77));

    EXPECT_TRUE(eventually([&] { return limit_of(host) == 77; }));

    EXPECT_EQ(ask(ana, "hi"), "hi");
    std::filesystem::create_directory(host.directory() / "conf.d");
    EXPECT_TRUE(eventually([&] {
        write_file(host.directory() / "conf.d/50-limit.toml", echo_limit(78));
        return eventually([&] { return limit_of(host) == 78; }, Deadline{std::chrono::seconds{2}});
    }));
}

TEST(Reload, of_the_trusted_proxies_has_newcomers_told_by_the_address_that_their_proxy_names) {
    TestHost host{two_projects()};
    const Headers through_proxy{{"X-Forwarded-For", "198.51.100.1, 203.0.113.7"}};
    auto ana = host.connect("/echo", through_proxy);
    std::filesystem::create_directory(host.directory() / "conf.d");
    write_file(host.directory() / "conf.d/50-proxies.toml", "[host]\ntrusted_proxies = [\"127.0.0.0/8\", \"::1\"]\n");

    EXPECT_EQ(host.cli({"reload"}).exit_code, 0);

    auto ben = host.connect("/echo", through_proxy);
    const auto count_of = [&](const char* address) {
        return json::parse(host.cli({"clients", "--json", "--address", address}).out).at("clients").size();
    };
    EXPECT_EQ(count_of("203.0.113.7"), 1u);
    EXPECT_EQ(count_of("127.0.0.1"), 1u) << "who had come before stays as it was";
    EXPECT_EQ(ask(ana, "hi"), "hi");
    EXPECT_EQ(host.cli({"disconnect", "--address", "203.0.113.7", "--yes"}).exit_code, 0);
    EXPECT_EQ(ben.closed().code, 1000u);
    EXPECT_TRUE(host.logs("203.0.113.7"));
}

TEST(Reload, by_sighup) {
    TestHost host{two_projects()};
    host.rewrite_configuration(echo_limit(77));

    ::kill(host.pid(), SIGHUP);

    EXPECT_TRUE(eventually([&] { return limit_of(host) == 77; }));
    EXPECT_TRUE(host.logs("by=signal"));
}

TEST(Reload, a_storm_of_signals_is_a_few_reloads) {
    TestHost host{two_projects()};
    auto ana = host.connect("/echo");

    for (int i = 0; i < 1000; ++i) ::kill(host.pid(), SIGHUP);

    EXPECT_EQ(ask(ana, "hi"), "hi");
    EXPECT_EQ(host.ask("reload").at("ok"), true);
}

TEST(Reload, new_limits_and_rules_hold_for_those_who_are_connected_and_those_who_come) {
    TestHost host{two_projects()};
    auto ana = host.connect("/echo");
    host.rewrite_configuration(
        "[project.echo]\norigins = [\"good.example\"]\nblocked = false\n[project.echo.limits]\nping = \"200 ms\"\n");

    EXPECT_EQ(host.ask("reload").at("ok"), true);

    EXPECT_THROW(host.connect("/echo", {{"Origin", "http://127.0.0.1"}}), std::runtime_error);
    auto ben = host.connect("/echo", {{"Origin", "https://good.example"}});
    EXPECT_TRUE(eventually([&] {
        ben.has_message(Deadline{std::chrono::milliseconds{50}});
        return ben.pings() > 0;
    }));
    EXPECT_EQ(ask(ana, "hi"), "hi");
}

TEST(Reload, tells_which_projects_wait_until_they_are_loaded_again) {
    TestHost host{two_projects("[project.witness.settings]\nmotd = \"old\"\n")};
    auto ana = host.connect("/witness");
    ASSERT_EQ(ask(ana, "setting motd"), "old");
    host.rewrite_configuration("[project.witness.settings]\nmotd = \"new\"\n");

    const json reply = host.ask("reload");

    EXPECT_THAT(reply.at("later"), ElementsAre("witness"));
    EXPECT_EQ(ask(ana, "setting motd"), "old") << "its context has them";
    EXPECT_EQ(host.cli({"reload", "witness", "--yes"}).exit_code, 0);
    auto ben = host.connect("/witness");
    EXPECT_EQ(ask(ben, "setting motd"), "new");
    EXPECT_TRUE(host.ask("reload").at("changed").empty());
}

TEST(Reload, serves_other_pages_and_leaves_connections_alone) {
    HostOptions options = two_projects();
    const std::string examples = std::string(BERTH_SOURCE_DIRECTORY) + "/examples";
    options.pages = {{"/chat", examples + "/browser/chat"}};
    TestHost host{options};
    auto ana = host.connect("/echo");
    ASSERT_EQ(host.page("/chat/").status, 200);

    host.rewrite_pages({{"/page", examples + "/08-page/page"}});
    EXPECT_THAT(host.ask("reload").at("changed"), testing::Contains("pages.static"));

    EXPECT_TRUE(eventually([&] { return host.page("/page/").status == 200; }));
    EXPECT_EQ(host.page("/chat/").status, 404);
    EXPECT_EQ(ask(ana, "still here"), "still here");

    host.rewrite_pages({{"/page", examples + "/nowhere"}});
    const auto refused = host.cli({"reload"});
    EXPECT_EQ(refused.exit_code, 78);
    EXPECT_THAT(refused.err, HasSubstr("there is no directory " + examples + "/nowhere"));
    EXPECT_EQ(host.page("/page/").status, 200);
}

TEST(Reload, starts_and_stops_projects_and_blocks_them) {
    TestHost host{two_projects("[project.echo]\nenabled = false\n")};
    ASSERT_EQ(host.project("echo").at("state"), "stopped");

    host.rewrite_configuration("[project.witness]\nblocked = true\n");
    EXPECT_EQ(host.ask("reload").at("ok"), true);
    EXPECT_TRUE(host.project_is("echo", "open"));
    EXPECT_TRUE(host.project_is("witness", "blocked"));

    host.rewrite_configuration("[project.echo]\nenabled = false\n");
    EXPECT_EQ(host.ask("reload").at("ok"), true);
    EXPECT_TRUE(host.project_is("echo", "stopped"));
    EXPECT_TRUE(host.project_is("witness", "open"));
}

TEST(Reload, opens_and_closes_listeners_and_leaves_the_others_and_all_connections_alone) {
    TestHost host{two_projects()};
    auto ana = host.connect("/echo");
    host.rewrite_configuration("[[listen]]\naddress = \"127.0.0.1:0\"\n");
    ASSERT_EQ(host.ask("reload").at("ok"), true);
    const std::string address = host.ask("status").at("listeners").at(2).at("address");
    Endpoint added = host.ws();
    added.port = static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
    WsClient ben{added, "/echo"};
    EXPECT_EQ(ask(ben, "on the new one"), "on the new one");

    // The gateway's successor has it, too.
    host.rewrite_configuration("");
    ASSERT_EQ(host.ask("reload").at("ok"), true);

    EXPECT_EQ(host.ask("status").at("listeners").size(), 2u);
    EXPECT_TRUE(eventually([&] {
        try {
            WsClient late{added, "/echo"};
            return false;
        } catch (const std::runtime_error&) {
            return true;
        }
    }));
    EXPECT_EQ(ask(ben, "still here"), "still here");
    EXPECT_EQ(ask(ana, "still here"), "still here");
    auto cleo = host.connect("/echo");
    EXPECT_EQ(ask(cleo, "hi"), "hi");
}

}  // namespace berth::test
